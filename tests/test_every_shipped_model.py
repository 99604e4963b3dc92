"""Every model that is shipped: its weights, its card and its recipe say the same."""

from pathlib import Path

import numpy as np
import pytest

from skinapp.domain.photo import PhotoLimits
from skinapp.intake.decode import decode_photo
from skinapp.model.card import FIGURES_FOLDER, Metrics, read_card
from skinapp.model.classifier import load_classifier
from skinapp.model.weights_file import check_weights
from skinapp.settings import Settings
from skinapp.synthetic import lesion_jpeg
from skinapp.training.recipe import read_recipe

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(path.parent for path in (ROOT / "weights").glob("*/card.json"))


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def folder(request):
    return request.param


@pytest.fixture(scope="module")
def card(folder):
    return read_card(folder)


@pytest.fixture(scope="module")
def recipe(card):
    return read_recipe(ROOT / card.training.recipe)


def test_the_model_that_is_served_by_default_is_among_them():
    assert Settings.model_fields["model"].default in [folder.name for folder in FOLDERS]


def test_weights_are_those_of_the_card(folder, card):
    check_weights(card, folder)
    assert card.name == folder.name


def test_recipe_is_the_one_the_weights_were_made_with(card, recipe):
    assert recipe.fingerprint() == card.training.recipe_sha256


def test_runs_from_the_pretrained_weights_on_add_up_to_the_images_seen(card, recipe):
    seen = 0
    while (before := ROOT / "recipes" / f"{Path(recipe.pretrained).stem}.toml").is_file():
        seen += recipe.steps * recipe.optimiser.batch_size
        recipe = read_recipe(before)
    assert recipe.pretrained == "efficientnet_b4_imagenet.safetensors"
    assert seen + recipe.steps * recipe.optimiser.batch_size == card.training.images_seen


def test_points_find_what_they_are_called_where_they_were_chosen(card):
    for name, point in card.operating_points.items():
        assert point.sensitivity >= int(name.removeprefix("malignant_")) / 100


def test_points_say_how_sure_it_is_that_they_find_as_many_new_lesions(card):
    malignant = card.metrics["validation"].overall["malignant_sensitivity"].n
    for name, point in card.operating_points.items():
        least = int(name.removeprefix("malignant_")) / 100
        # Where so few lesions can't say it, none of them is missed.
        assert point.confidence >= 0.9 or point.sensitivity == 1.0, name
        assert point.confidence <= 1 - least**malignant + 1e-4, name


def test_intervals_hold_what_they_are_of(card):
    for metrics in card.metrics.values():
        for name, figure in metrics.overall.items():
            assert figure.low <= figure.value <= figure.high, name


def test_both_parts_are_measured_with_all_their_images(card):
    for part in ("validation", "test"):
        assert card.metrics[part].images == card.training.images[part]


def test_figures_agree_with_the_card(folder, card):
    for part, metrics in card.metrics.items():
        text = (folder / FIGURES_FOLDER / part / "metrics.json").read_text()
        assert Metrics.model_validate_json(text) == metrics


def test_drawn_lesion_gets_an_answer(folder):
    limits = PhotoLimits(10_000_000, 64, 128, 1600)
    classifier = load_classifier(folder)
    prediction = classifier.predict(decode_photo(lesion_jpeg("nevus", seed=1), limits))
    assert sum(prediction.probabilities) == pytest.approx(1.0)
    assert np.isfinite(prediction.activation_map.values).all()
