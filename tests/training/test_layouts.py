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


def run(recipe, data, tmp_path, *options):
    arguments = ["--recipe", str(recipe), "--data", str(data), "--work", str(tmp_path / "work")]
    arguments += ["--pretrained", str(tmp_path), "--layout", "folders", *options]
    return train(arguments)


def split_of(recipe, data, tmp_path, *options):
    assert run(recipe, data, tmp_path, "--split-only", *options) == 0
    return (tmp_path / "work" / "split.csv").read_text().splitlines()[1:]


def test_folders_are_split_like_a_table(small_recipe_file, folder_set, tmp_path):
    rows = split_of(small_recipe_file, folder_set, tmp_path)
    assert len(rows) == 49
    assert {row.split(",")[2] for row in rows} == set(CODES)


def test_a_set_with_contradictions_is_refused(small_recipe_file, torn_set, tmp_path, capsys):
    assert run(small_recipe_file, torn_set, tmp_path, "--split-only") == 2
    assert "1 pictures stand in two classes" in capsys.readouterr().err


def test_a_damaged_picture_is_named(small_recipe_file, folder_set, tmp_path, capsys):
    damaged = folder_set / "Train" / "mel" / "mel0.jpg"
    damaged.write_bytes(damaged.read_bytes()[:500])
    assert run(small_recipe_file, folder_set, tmp_path, "--split-only") == 2
    assert f"{damaged}: PhotoDamaged" in capsys.readouterr().err


def test_a_set_without_a_malignant_image_to_choose_on_is_refused_before_training(
    small_recipe_file, folder_set, tmp_path, capsys
):
    for code in ("akiec", "bcc", "mel"):
        shutil.rmtree(folder_set / "Train" / code)
    assert run(small_recipe_file, folder_set, tmp_path) == 2
    assert "no malignant image" in capsys.readouterr().err


def test_a_work_folder_that_has_learned_from_another_split_is_refused_untouched(
    small_recipe_file, folder_set, tmp_path, capsys
):
    split_of(small_recipe_file, folder_set, tmp_path)
    work = tmp_path / "work"
    (work / "checkpoint.pt").touch()
    assert run(small_recipe_file, folder_set, tmp_path, "--split-only") == 0
    before = (work / "split.csv").read_bytes()
    small_recipe_file.write_text(small_recipe_file.read_text().replace("seed = ", "seed = 1"))
    assert run(small_recipe_file, folder_set, tmp_path, "--split-only") == 2
    assert "its checkpoint has learned" in capsys.readouterr().err
    assert (work / "split.csv").read_bytes() == before


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
