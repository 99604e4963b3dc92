"""What is chosen when a run ends, and on which images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from skinapp.evaluation.labels import LabelledImage
from skinapp.model.card import WEIGHTS_FILE
from skinapp.training import finish
from skinapp.training.finish import blend, export
from skinapp.training.loop import Run
from skinapp.training.network_facts import facts_of_run
from skinapp.training.recipe import read_recipe
from skinapp.training.sources import Source
from skinapp.training.split import Parts
from skinapp.training.start import starting_network
from tests.training.conftest import CODES
from tests.training.test_start import NOWHERE, scratch_recipe

MARGIN = 3.0


def images_of(part, codes):
    return tuple(
        LabelledImage(f"{part}-{n}", Path("x"), code, f"{part}-{n}") for n, code in enumerate(codes)
    )


def a_source(name):
    """Two images of each class to train on, one to choose by, three to test on."""
    counts = {"training": 2, "validation": 1, "test": 3}
    parts = {part: images_of(f"{name}-{part}", CODES * n) for part, n in counts.items()}
    return Source(name, Parts(**parts), 0.5)


@pytest.fixture
def run(tmp_path):
    """A run that began with biases of 0; its average has them at 1, its last weights at 2."""
    leaves = {"leaves = true": "leaves = false"}
    recipe = read_recipe(scratch_recipe("small_cnn", tmp_path, **leaves))
    recipe = recipe.model_copy(
        update={
            "input": recipe.input.model_copy(update={"candidate_sizes_px": (48, 64, 80)}),
            "blends": (1.0, 0.5, 0.25),
        }
    )
    run = Run(starting_network(recipe, NOWHERE), recipe, tmp_path, torch.device("cpu"))
    torch.nn.init.ones_(run.average.network.head.bias)
    torch.nn.init.constant_(run.network.head.bias, 2.0)
    return run


class Spy:
    """Stands for ``part_logits``: names a wrong class for some images, known by candidate.

    A candidate is an input size, and the share of the run's average, which the biases tell.
    """

    def __init__(self, mistakes):
        self.mistakes, self.asked, self.tried = mistakes, [], []

    def __call__(self, network, images, _shape, size_px, _device, **_options):
        candidate = (size_px, float(network.head.bias[0]))
        self.tried.append(candidate)
        self.asked.append([image.image_id for image in images])
        named = np.array([CODES.index(image.code) for image in images])
        wrong = list(self.mistakes[candidate])
        named[wrong] = (named[wrong] + 1) % len(CODES)
        return (MARGIN * np.eye(len(CODES))[named]).astype(np.float32)


@pytest.fixture
def exported(run, tmp_path, monkeypatch):
    """Exports the run with such mistakes; gives the spy, the card, the share of the average."""

    def export_spied(mistakes, home):
        start = starting_network(run.recipe, NOWHERE)
        torch.nn.init.zeros_(start.head.bias)
        spy, folder = Spy(mistakes), tmp_path / "out"
        monkeypatch.setattr(finish, "part_logits", spy)
        sources = [home, a_source("elsewhere")]
        facts = facts_of_run(run.recipe, "home split", {"elsewhere": "its split"}, None)
        card = export(
            run, sources, folder, facts=facts, start=start, history=run.history, workers=0
        )
        return spy, card, float(load_file(folder / WEIGHTS_FILE)["classifier.1.bias"][0])

    return export_spied


FIRST_BLENDS = {(48, 1.0): range(3), (64, 1.0): range(2), (80, 1.0): range(4)}
FIRST_BLEND_WINS = {**FIRST_BLENDS, (64, 0.5): range(5), (64, 0.25): range(3)}
ANOTHER_BLEND_WINS = {**FIRST_BLENDS, (64, 0.5): range(1), (64, 0.25): range(3)}


def test_choosing_asks_for_the_validation_part_of_the_home_set_only(exported):
    spy, card, _ = exported(ANOTHER_BLEND_WINS, a_source("home"))
    assert spy.asked == [[f"home-validation-{n}" for n in range(7)]] * 5
    assert {point.images for point in card.operating_points.values()} == {7}


def test_sizes_are_tried_with_the_first_blend_and_other_blends_at_the_best_size(exported):
    spy, _, _ = exported(ANOTHER_BLEND_WINS, a_source("home"))
    assert sorted(spy.tried) == sorted(ANOTHER_BLEND_WINS)


@pytest.mark.parametrize(
    ("mistakes", "share", "right"), [(FIRST_BLEND_WINS, 1.0, 5), (ANOTHER_BLEND_WINS, 0.5, 6)]
)
def test_candidate_of_the_fewest_mistakes_is_exported_with_its_own_temperature(
    exported, mistakes, share, right
):
    _, card, exported_share = exported(mistakes, a_source("home"))
    assert (card.input.size_px, exported_share) == (64, share)
    # Best is the temperature at which the named class has the share of the right answers:
    # exp(margin / t) / (exp(margin / t) + 6) = right / 7.
    assert card.temperature == pytest.approx(MARGIN / np.log(6 * right / (7 - right)), rel=1e-3)


def test_mistake_in_a_rare_class_costs_more_than_two_in_a_common_one(exported):
    home = a_source("home")
    validation = images_of("home-validation", ["mel", *["nv"] * 20, "bcc"])
    home = replace(home, parts=replace(home.parts, validation=validation))
    rare, common, many = [0], [1, 2], range(1, 11)
    mistakes = {(48, 1.0): rare, (64, 1.0): common, (80, 1.0): many}
    _, card, _ = exported({**mistakes, (64, 0.5): rare, (64, 0.25): many}, home)
    assert card.input.size_px == 64


def test_operating_points_are_chosen_on_calibrated_probabilities(exported):
    home = a_source("home")
    validation = images_of("home-validation", ["df", "mel", *["nv"] * 5])
    home = replace(home, parts=replace(home.parts, validation=validation))
    # The dermatofibroma alone is wrong, as it is taken for a melanoma.
    _, card, _ = exported({**FIRST_BLEND_WINS, (64, 1.0): [0]}, home)
    point = card.operating_points["malignant_95"]
    # Named with 6 in 7, as many as are right, and two other malignant classes with 1 in 42 each.
    assert point.threshold == pytest.approx(38 / 42, abs=1e-3)
    assert (point.sensitivity, point.specificity) == (1.0, 0.8333)


def test_blend_lies_between_two_networks_by_the_share_of_the_second_in_half_precision():
    start, end = torch.nn.BatchNorm1d(3), torch.nn.BatchNorm1d(3)
    start.running_mean.copy_(torch.tensor([0.0, 1.0, 1 / 3]))
    end.running_mean.copy_(torch.tensor([1.0, 3.0, 1 / 3]))
    end.num_batches_tracked.fill_(9)
    between = blend(start, end, 0.25)
    assert between.running_mean.tolist() == [0.25, 1.5, float(np.float16(1 / 3))]
    assert int(between.num_batches_tracked) == 9
    assert end.running_mean.tolist()[:2] == [1.0, 3.0]


@pytest.mark.parametrize(("lesions", "confidence"), [(3, 0.1426), (1, 0.05)])
def test_a_threshold_is_as_sure_as_its_lesions_are_many_and_not_its_photos(
    exported, lesions, confidence
):
    home = a_source("home")
    validation = tuple(
        LabelledImage(f"home-validation-{n}", Path("x"), code, f"lesion-{n % lesions}")
        for n, code in enumerate(["mel", "mel", "mel", *["nv"] * 4])
    )
    home = replace(home, parts=replace(home.parts, validation=validation))
    _, card, _ = exported(FIRST_BLEND_WINS, home)
    assert card.operating_points["malignant_95"].confidence == confidence
