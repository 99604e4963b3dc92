"""Disturbances, and what they leave of the figures."""

import json

import numpy as np
import pytest

from skinapp.evaluation.disturb import DISTURBANCES, disturbed
from skinapp.evaluation.evidence_figures import draw_robustness
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.robustness import (
    _stand_for,
    measure_robustness,
    sample_by_class,
    write_robustness,
)
from skinapp.model.classifier import load_classifier
from skinapp.synthetic import draw_lesion


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
