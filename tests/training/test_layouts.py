"""Training on a set as people bring it: a folder a class, contradictions included."""

import shutil

import pytest

from skinapp.evaluation.labels import read_labelled_images
from skinapp.training.command import main as train
from tests.training.conftest import CODES


@pytest.fixture
def folder_set(data_set, tmp_path):
    root = tmp_path / "folders"
    for image in read_labelled_images([data_set], data_set / "HAM10000_metadata.csv", CODES):
        (root / "Train" / image.code).mkdir(parents=True, exist_ok=True)
        shutil.copy(image.path, root / "Train" / image.code)
    return root


@pytest.fixture
def torn_set(folder_set):
    """One melanoma stands among the nevi as well, in the part that is called a test."""
    (folder_set / "Test" / "nv").mkdir(parents=True)
    shutil.copy(folder_set / "Train" / "mel" / "mel0.jpg", folder_set / "Test" / "nv" / "copy.jpg")
    return folder_set


def split_of(recipe, data, tmp_path, *options):
    work = tmp_path / "work"
    arguments = ["--recipe", str(recipe), "--data", str(data), "--work", str(work)]
    arguments += ["--pretrained", str(tmp_path), "--layout", "folders", "--split-only", *options]
    assert train(arguments) == 0
    return (work / "split.csv").read_text().splitlines()[1:]


def test_folders_are_split_like_a_table(small_recipe_file, folder_set, tmp_path):
    rows = split_of(small_recipe_file, folder_set, tmp_path)
    assert len(rows) == 49
    assert {row.split(",")[2] for row in rows} == set(CODES)


def test_a_set_with_contradictions_is_refused(small_recipe_file, torn_set, tmp_path):
    with pytest.raises(SystemExit, match="1 pictures stand in two classes"):
        split_of(small_recipe_file, torn_set, tmp_path)


@pytest.mark.parametrize(("rule", "left"), [("drop", 48), ("first", 49)])
def test_it_is_trained_on_when_it_is_said_which_wins(
    small_recipe_file, torn_set, tmp_path, rule, left
):
    rows = split_of(small_recipe_file, torn_set, tmp_path, "--conflicts", rule)
    assert len(rows) == left
    assert not any(row.startswith("Test/nv/copy") for row in rows)


def test_copies_stay_in_one_part(small_recipe_file, folder_set, tmp_path):
    for number in range(6):
        name = folder_set / "Train" / "mel" / f"copy{number}.jpg"
        shutil.copy(folder_set / "Train" / "mel" / "mel0.jpg", name)
    rows = split_of(small_recipe_file, folder_set, tmp_path)
    parts = {row.split(",")[3] for row in rows if "copy" in row or "/mel0," in row}
    assert len(parts) == 1
