"""Every model in weights/ is what its card says, made by a recipe that is here."""

from pathlib import Path

import pytest

from skinapp.model.card import CARD_FILE, FIGURES_FOLDER, Metrics, read_card
from skinapp.model.weights_file import check_weights
from skinapp.training.recipe import read_recipe

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(path.parent for path in (ROOT / "weights").glob(f"*/{CARD_FILE}"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request):
    return request.param


@pytest.fixture
def card(folder):
    return read_card(folder)


def test_weights_belong_to_their_card(card, folder):
    check_weights(card, folder)
    assert card.name == folder.name


def test_the_recipe_is_here(card):
    recipe = read_recipe(ROOT / card.training.recipe)
    assert (recipe.name, recipe.architecture) == (card.name, card.architecture)


def test_what_was_chosen_and_what_was_kept_apart_are_measured_whole(card):
    for part in ("validation", "test"):
        assert card.metrics[part].images == card.training.images[part]


def test_figures_are_those_of_the_card(card, folder):
    for part, metrics in card.metrics.items():
        text = (folder / FIGURES_FOLDER / part / "metrics.json").read_text(encoding="utf-8")
        assert Metrics.model_validate_json(text) == metrics


def test_a_model_of_a_cleaned_set_says_what_the_audit_found(card):
    assert bool(card.cleaning) == (card.data_audit is not None)
