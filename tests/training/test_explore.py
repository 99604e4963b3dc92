"""The first look at a set: its numbers, its page, and what must stay out of git."""

import csv
import json
import shutil
import subprocess

import numpy as np
import pytest

from skinapp.model.evidence import read_evidence
from skinapp.synthetic import draw_lesion
from skinapp.training.attributes import age_band, clean
from skinapp.training.explore import cramers_v
from skinapp.training.explore_command import is_kept_out_of_git, main

ROWS = [
    ("L1", "a", "nv", "histo", "45.0", "female", "back"),
    ("L1", "b", "nv", "histo", "45.0", "female", "back"),
    ("L2", "c", "mel", "histo", "", "male", "face"),
    ("L3", "d", "nv", "follow_up", "0.0", "unknown", "back"),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("set")
    with (root / "HAM10000_metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"])
        table.writerows(ROWS)
    for seed, row in enumerate(ROWS):
        draw_lesion(seed=seed, width_px=160, height_px=120).save(root / f"{row[1]}.jpg")
    return root


@pytest.fixture(scope="module")
def looked(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    (out / "weights" / "toy").mkdir(parents=True)
    report = ["--out", str(out / "look"), "--samples", "2"]
    code = main([str(data), *report, "--into-model", "toy", "--weights", str(out / "weights")])
    assert code == 0
    return out


@pytest.fixture(scope="module")
def facts(looked):
    return json.loads((looked / "look.json").read_text())


def test_classes_are_counted_with_their_lesions(facts):
    assert [(c["code"], c["images"], c["lesions"]) for c in facts["classes"]] == [
        ("nv", 3, 2),
        ("mel", 1, 1),
    ]


def test_attributes_are_crossed_with_the_classes(facts):
    sex = next(each for each in facts["crossings"] if each["attribute"] == "sex")
    assert (sex["groups"], sex["counts"]) == (
        ["female", "male", "not known"],
        [[2, 0], [0, 1], [1, 0]],
    )


def test_cleaning_is_a_visible_step_with_counts(facts):
    assert [(step["attribute"], step["what"], step["values"]) for step in facts["cleaning"]] == [
        ("age", "empty, taken as unknown", 1),
        ("age", "“0.0” years, taken as unknown", 1),
        ("sex", "“unknown”, taken as unknown", 1),
    ]


@pytest.mark.parametrize(
    "words",
    ["The head of the table", "follow_up", "Cramér’s V", "always answers nv", "Samples", "<img"],
)
def test_the_page_shows(looked, words):
    assert words in (looked / "look.html").read_text()


def test_the_numbers_reach_the_models_folder_and_are_readable(looked):
    data = read_evidence(looked / "weights" / "toy" / "figures").data
    assert data is not None
    assert data.images == 4


def test_a_report_that_could_be_committed_gets_no_samples(data, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("work/\n")
    assert main([str(data), "--out", str(tmp_path / "docs" / "look")]) == 0
    assert "image/jpeg" not in (tmp_path / "docs" / "look.html").read_text()
    assert is_kept_out_of_git(tmp_path / "work" / "look.html")


def test_a_model_that_is_not_there_is_refused_before_anything_is_read(data, tmp_path, capsys):
    arguments = [str(data), "--out", str(tmp_path / "x"), "--into-model", "absent"]
    assert main([*arguments, "--weights", str(tmp_path)]) == 2
    assert "not a model's folder" in capsys.readouterr().out


def test_a_link_to_a_file_that_is_gone_does_not_end_the_report(data, tmp_path):
    root = tmp_path / "set"
    shutil.copytree(data, root)
    (root / "c.jpg").unlink()
    (root / "c.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert main([str(root), "--out", str(tmp_path / "look"), "--samples", "2"]) == 0
    page = (tmp_path / "look.html").read_text()
    assert "Samples" in page
    assert "Files that cannot be read as a picture" in page


def test_a_report_that_cannot_be_written_is_told_before_the_look(
    data, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("skinapp.training.explore_command.take_inventory", None)
    (tmp_path / "look.json").mkdir()
    assert main([str(data), "--out", str(tmp_path / "look")]) == 2
    assert "look.json'" in capsys.readouterr().out


def test_independent_attributes_have_next_to_no_association():
    rng = np.random.default_rng(3)
    first, second = rng.choice(["a", "b", "c"], (2, 3000))
    assert cramers_v(list(first), list(second)) < 0.05


def test_an_attribute_settles_itself():
    assert cramers_v(["a", "b", "c"] * 50, ["x", "y", "z"] * 50) == pytest.approx(1)


@pytest.mark.parametrize("second", [["x", "x"], []])
def test_what_never_varies_goes_with_nothing(second):
    assert cramers_v(["a", "b"][: len(second)], second) == 0


@pytest.mark.parametrize(
    ("age", "band"),
    [("45.0", "40 to 59"), ("39.9", "20 to 39"), ("85", "80 and over"), ("0", ""), ("x", "")],
)
def test_ages_fall_into_bands(age, band):
    assert age_band(age) == band


def test_sexes_are_spelled_alike():
    assert {clean("sex", value) for value in ("F", "female", "Female ")} == {"female"}
