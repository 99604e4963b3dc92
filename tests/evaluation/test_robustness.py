"""Disturbances, and what they leave of the figures."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from skinapp.evaluation import robustness
from skinapp.evaluation.disturb import DISTURBANCES, disturbed
from skinapp.evaluation.evidence_figures import draw_robustness
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.metrics import Scores
from skinapp.evaluation.robustness import (
    _stand_for,
    measure_robustness,
    sample_by_class,
    write_robustness,
)
from skinapp.model.classifier import load_classifier, pixels_of
from skinapp.synthetic import draw_lesion
from tests.cast import a_card


@pytest.fixture
def pixels():
    return np.asarray(draw_lesion("melanoma", seed=2, width_px=120, height_px=90))


def change(pixels, name, strength):
    found = disturbed(pixels, DISTURBANCES[name], strength, seed=5)
    assert found.shape == pixels.shape
    return float(np.abs(found.astype(int) - pixels).mean())


@pytest.mark.parametrize("name", DISTURBANCES)
def test_neutral_strength_leaves_the_picture_as_it_is(pixels, name):
    # JPEG at its best quality still rounds.
    assert change(pixels, name, DISTURBANCES[name].neutral) < 1.5


@pytest.mark.parametrize("name", DISTURBANCES)
def test_stronger_disturbance_changes_more(pixels, name):
    strengths = DISTURBANCES[name].strengths
    neutral = DISTURBANCES[name].neutral
    nearest, farthest = (
        pick(strengths, key=lambda strength: abs(strength - neutral)) for pick in (min, max)
    )
    assert 0 < change(pixels, name, nearest) < change(pixels, name, farthest)


@pytest.mark.parametrize("name", DISTURBANCES)
def test_disturbance_is_the_same_each_time(pixels, name):
    each = DISTURBANCES[name]
    first, second = (disturbed(pixels, each, each.strengths[-1], seed=3) for _ in range(2))
    assert np.array_equal(first, second)


def labelled(tmp_path, count, code):
    found = []
    for index in range(count):
        path = tmp_path / f"{code}{index}.png"
        draw_lesion("nevus", seed=index, width_px=80, height_px=64).save(path)
        found.append(LabelledImage(path.stem, path, code, path.stem))
    return found


def test_sample_takes_all_of_a_rare_class_and_fills_up_with_the_common_one(tmp_path):
    images = [*labelled(tmp_path, 2, "df"), *labelled(tmp_path, 20, "nv")]
    chosen = sample_by_class(images, 10)
    assert [image.code for image in chosen].count("df") == 2
    assert len(chosen) == 10
    assert chosen == sample_by_class(images, 10)


def test_image_of_the_sample_stands_for_those_of_its_class_that_are_not_in_it(tmp_path):
    few, many = labelled(tmp_path, 2, "df"), labelled(tmp_path, 20, "nv")
    sample = sample_by_class([*few, *many], 6)
    assert list(_stand_for(sample, [*few, *many])) == [
        1.0 if image.code == "df" else 5.0 for image in sample
    ]


def test_every_disturbance_gets_a_curve_with_its_neutral_point(model_folder, tmp_path):
    images = [*labelled(tmp_path, 1, "mel"), *labelled(tmp_path, 1, "nv")]
    found = measure_robustness(load_classifier(model_folder), images, images)
    assert [curve.name for curve in found.curves] == list(DISTURBANCES)
    for curve in found.curves:
        assert curve.neutral in [point.strength for point in curve.points]
    write_robustness(found, tmp_path / "out" / "robustness.json")
    draw_robustness(found, tmp_path / "out" / "robustness.svg")
    assert json.loads((tmp_path / "out" / "robustness.json").read_text())["images"] == 2
    assert "ruler marks" in (tmp_path / "out" / "robustness.svg").read_text()


@pytest.fixture
def grey_images(tmp_path):
    """A nevus of brightness 100 and a melanoma of 150, of which the model knows nothing else."""
    found = []
    for code, brightness in (("nv", 100), ("mel", 150)):
        path = tmp_path / f"{code}.png"
        Image.new("RGB", (64, 48), (brightness,) * 3).save(path)
        found.append(LabelledImage(code, path, code, code))
    return found


@pytest.fixture
def believes_bright_is_melanoma(monkeypatch):
    """Sure of a melanoma above half of the full brightness, else of a nevus; only that is tried."""
    monkeypatch.setattr(robustness, "_REPLICATES", 5)
    monkeypatch.setattr(robustness, "DISTURBANCES", {"brightness": DISTURBANCES["brightness"]})
    card = a_card()
    codes = [label.code for label in card.labels]
    answers = np.eye(7)[[codes.index("nv"), codes.index("mel")]]
    return SimpleNamespace(
        card=card,
        square=pixels_of,
        forward=lambda square: SimpleNamespace(logits=answers[int(square.mean() > 127.5)]),
        calibrated=lambda logits: logits,
        novelty_score=lambda *_: None,
    )


def test_figures_at_a_strength_are_those_of_pictures_disturbed_that_much(
    grey_images, believes_bright_is_melanoma
):
    (curve,) = measure_robustness(believes_bright_is_melanoma, grey_images, grey_images).curves
    # At 0.6 and 0.8 the melanoma is too dark, at 1.4 the nevus too bright.
    assert {point.strength: point.figures["balanced_accuracy"].value for point in curve.points} == {
        0.6: 0.5,
        0.8: 0.5,
        1: 1.0,
        1.2: 1.0,
        1.4: 0.5,
    }


def test_error_weighs_as_much_as_the_images_that_its_image_stands_for(
    grey_images, believes_bright_is_melanoma
):
    nevus, melanoma = grey_images
    whole = [nevus, nevus, nevus, melanoma]
    (curve,) = measure_robustness(believes_bright_is_melanoma, grey_images, whole).curves
    errors = {
        point.strength: point.figures["expected_calibration_error"].value for point in curve.points
    }
    # One melanoma in four images is missed, or three nevi are false alarms, each time surely.
    assert errors == {0.6: 0.25, 0.8: 0.25, 1: 0.0, 1.2: 0.0, 1.4: 0.75}


def test_area_is_that_of_the_classes_as_frequent_as_in_the_whole_set():
    probabilities = np.array([[0.7, 0.0, 0.3], [0.0, 0.4, 0.6], [0.5, 0.0, 0.5]])
    scores = Scores(np.arange(3), probabilities, np.array([False, False, True]), np.arange(3))
    # The malignant image stands above the first, which stands for three, and below the second.
    found = robustness._figures(scores, np.array([3.0, 1.0, 1.0]))
    assert found["malignant_auroc"].value == 0.75
    assert set(found) == set(robustness.MEASURED)
