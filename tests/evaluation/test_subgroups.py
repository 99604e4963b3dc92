"""Figures by age, sex, site and way of confirmation."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from skinapp.evaluation import examine, subgroups
from skinapp.evaluation.evidence_figures import draw_subgroups
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.metrics import Scores
from skinapp.evaluation.subgroups import (
    LEAST_IMAGES,
    LEAST_MALIGNANT,
    UNKNOWN,
    age_group,
    measure_subgroups,
)
from tests.cast import a_card


@pytest.mark.parametrize(
    ("age", "group"),
    [
        ("25", "below 30"),
        ("30.0", "30 to 44"),
        ("59", "45 to 59"),
        ("85.0", "75 and above"),
        ("", UNKNOWN),
        ("unknown", UNKNOWN),
        ("0.0", UNKNOWN),
        ("nan", UNKNOWN),
    ],
)
def test_age_falls_into_its_group(age, group):
    assert age_group(age) == group


@pytest.fixture(scope="module")
def measured():
    """60 women on whom the model is right, 60 men on whom it is wrong, 5 of unknown sex."""
    sexes = ["female"] * 60 + ["male"] * 60 + ["unknown"] * 5
    targets = np.arange(125) % 2
    right = np.array([sex != "male" for sex in sexes])
    said = np.where(right, targets, 1 - targets)
    probabilities = np.where(said[:, None] == [0, 1], 0.9, 0.1)
    scores = Scores(targets, probabilities, np.array([False, True]), np.arange(125))
    images = [LabelledImage(f"i{n}", Path("x"), "nv", f"i{n}") for n in range(125)]
    metadata = {f"i{n}": {"sex": sex, "age": "50"} for n, sex in enumerate(sexes)}
    return measure_subgroups(scores, images, metadata, threshold=0.5)


def group(measured, attribute, name):
    return next(x for x in measured if (x.attribute, x.group) == (attribute, name))


def test_weakness_in_one_group_shows(measured):
    assert group(measured, "sex", "female").figures["accuracy"].value == 1
    assert group(measured, "sex", "male").figures["malignant_sensitivity"].value == 0
    assert group(measured, "age", "45 to 59").figures["accuracy"].n == 125


def test_groups_are_judged_by_the_names_of_their_images():
    probabilities = np.tile([0.9, 0.1], (120, 1))
    names = np.repeat([1, 0], 60)
    targets = np.ones(120, dtype=np.int64)
    scores = Scores(targets, probabilities, np.array([False, True]), np.arange(120), names=names)
    images = [LabelledImage(f"i{n}", Path("x"), "nv", f"i{n}") for n in range(120)]
    metadata = {f"i{n}": {"sex": "female" if n < 60 else "male"} for n in range(120)}
    found = measure_subgroups(scores, images, metadata, threshold=0.5)
    shares = [group(found, "sex", sex).figures["accuracy"].value for sex in ("female", "male")]
    assert shares == [1, 0]


@pytest.mark.parametrize(
    ("threshold", "sensitivity", "specificity"), [(0.15, 1.0, 0.25), (0.35, 0.75, 0.5)]
)
def test_groups_are_judged_at_the_threshold_of_the_cards_point(
    threshold, sensitivity, specificity, tmp_path, monkeypatch
):
    malignant_probability = np.tile([0.3, 0.4, 0.5, 0.6, 0.1, 0.2, 0.6, 0.7], 5)
    targets = np.tile([1, 1, 1, 1, 0, 0, 0, 0], 5)
    probabilities = np.stack([1 - malignant_probability, malignant_probability], axis=1)
    scores = Scores(targets, probabilities, np.array([False, True]), np.arange(40))
    monkeypatch.setattr(examine, "score_images", lambda *_: scores)
    monkeypatch.setattr(subgroups, "_REPLICATES", 5)
    table = tmp_path / "table.csv"
    table.write_text("image_id,sex\n" + "".join(f"i{n},male\n" for n in range(40)))
    images = [LabelledImage(f"i{n}", Path("x"), "nv", f"i{n}") for n in range(40)]
    card = a_card()
    point = card.operating_points["malignant_95"].model_copy(update={"threshold": threshold})
    card = card.model_copy(update={"operating_points": {"malignant_95": point}})

    groups = examine._subgroups(SimpleNamespace(card=card), images, table)
    examine._write_subgroups(groups, tmp_path / "out")
    rows = json.loads((tmp_path / "out" / "subgroups.json").read_text())
    figures = next(row["figures"] for row in rows if row["group"] == "male")
    assert figures["malignant_sensitivity"]["value"] == sensitivity
    assert figures["malignant_specificity"]["value"] == specificity


def test_small_group_is_counted_but_not_judged(measured):
    unknown = group(measured, "sex", UNKNOWN)
    assert unknown.images == 5 < LEAST_IMAGES
    assert unknown.figures == {}


def test_group_with_few_malignant_images_has_no_sensitivity():
    targets = np.array([1] * 9 + [0] * 60)
    probabilities = np.where(targets[:, None] == [0, 1], 0.9, 0.1)
    scores = Scores(targets, probabilities, np.array([False, True]), np.arange(69))
    images = [LabelledImage(f"i{n}", Path("x"), "nv", f"i{n}") for n in range(69)]
    found = measure_subgroups(scores, images, {f"i{n}": {} for n in range(69)}, threshold=0.5)[0]
    assert found.malignant == 9 < LEAST_MALIGNANT
    assert "malignant_sensitivity" not in found.figures
    assert found.figures["malignant_specificity"].value == 1


def test_attribute_that_the_table_lacks_is_not_known(measured):
    assert group(measured, "body site", UNKNOWN).images == 125


def test_figure_names_groups_with_their_numbers(measured, tmp_path):
    draw_subgroups(measured, tmp_path / "subgroups.svg")
    text = (tmp_path / "subgroups.svg").read_text()
    assert "sex: male (60, 30 malignant)" in text
    assert UNKNOWN not in text.replace(f"body site: {UNKNOWN}", "").replace(
        f"confirmed by: {UNKNOWN}", ""
    )
