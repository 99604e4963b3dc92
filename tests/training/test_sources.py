"""Home set, extra sets and leaves."""

import csv
import shutil

import pytest
from PIL import Image

from skinapp.evaluation.labels import LabelsUnreadable, read_labelled_images
from skinapp.synthetic import draw_lesion
from skinapp.training.recipe import Extra
from skinapp.training.sources import leaf_codes, read_sources
from skinapp.training.split import PARTS
from tests.training.conftest import CODES


@pytest.fixture
def extra_root(tmp_path):
    """Another clinic's set: 8 lesions, one of them twice, and one under two diagnoses."""
    folder = tmp_path / "clinic"
    folder.mkdir()
    rows = []
    for seed in range(8):
        picture = draw_lesion("nevus" if seed % 2 else "melanoma", seed=300 + seed)
        rows.append((f"a{seed}", "nv" if seed % 2 else "mel"))
        picture.save(folder / f"a{seed}.jpg")
        if seed == 1:
            rows.append(("copy", "nv"))
            picture.resize((120, 120)).save(folder / "copy.jpg")
        if seed == 2:
            rows.append(("conflict", "nv"))
            picture.save(folder / "conflict.jpg", quality=50)
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image_id", "diagnosis"), *rows])
    return tmp_path


@pytest.fixture
def with_extra(small_recipe):
    extra = Extra(folder="clinic", share=0.25, validation_fraction=0.2, test_fraction=0.2)
    return small_recipe.model_copy(update={"extra": (extra,)})


def sources_of(recipe, data_set, root):
    return read_sources(recipe, data_set, data_set / "HAM10000_metadata.csv", root, CODES)


def test_home_set_keeps_what_the_others_leave(with_extra, data_set, extra_root):
    home, clinic = sources_of(with_extra, data_set, extra_root)
    assert (home.share, clinic.share) == (0.75, 0.25)
    assert clinic.name == "clinic"


def test_unseen_class_is_kept_from_training_in_every_set(with_extra, data_set, extra_root):
    split = with_extra.split.model_copy(update={"unseen": ("mel",)})
    home, clinic = sources_of(with_extra.model_copy(update={"split": split}), data_set, extra_root)
    for source in (home, clinic):
        seen = (*source.parts.training, *source.parts.validation)
        assert "mel" not in {image.code for image in seen}
        assert "mel" in {image.code for image in source.parts.test}


def test_split_is_by_lesion_only_where_the_table_knows_lesions(small_recipe, data_set, tmp_path):
    [unknown] = sources_of(small_recipe, data_set, tmp_path)
    assert unknown.split_rule == "picture"
    with (data_set / "HAM10000_metadata.csv").open(newline="") as file:
        rows = [(row["image_id"], row["dx"]) for row in csv.DictReader(file)]
    # One lesion a class, as of many photographs.
    with (tmp_path / "lesions.csv").open("w", newline="") as file:
        lesions = [(image_id, code, code) for image_id, code in rows]
        csv.writer(file).writerows([("image_id", "dx", "lesion_id"), *lesions])
    [known] = read_sources(small_recipe, data_set, tmp_path / "lesions.csv", tmp_path, CODES)
    assert known.split_rule == "lesion"


def test_copies_in_a_table_without_lesions_stand_on_one_side(small_recipe, data_set, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(data_set, home)
    names = [f"nv{number}" for number in range(7)]
    for name in names:
        with Image.open(home / f"{name}.jpg") as picture:
            picture.resize((80, 80)).save(home / f"copy-of-{name}.jpg")
    with (home / "HAM10000_metadata.csv").open("a", newline="") as file:
        csv.writer(file).writerows((f"L-copy-{name}", f"copy-of-{name}", "nv") for name in names)
    [source] = sources_of(small_recipe, home, tmp_path)
    for part in PARTS:
        here = {image.image_id for image in source.parts.named(part) if image.code == "nv"}
        assert {f"copy-of-{name}" in here for name in names if name in here} <= {True}


def test_copies_stand_on_one_side_and_contradictions_on_none(with_extra, data_set, extra_root):
    clinic = sources_of(with_extra, data_set, extra_root)[1]
    parts = {
        image.image_id: part
        for part in ("training", "validation", "test")
        for image in clinic.parts.named(part)
    }
    assert parts["a1"] == parts["copy"]
    assert not {"a2", "conflict"} & set(parts)
    assert len(parts) == 8


def test_leaves_come_from_the_archives_table(data_set, tmp_path):
    (tmp_path / "isic_archive_metadata.csv").write_text(
        "isic_id,diagnosis_3\n"
        + "".join(f"akiec{n},Solar or actinic keratosis\n" for n in range(4))
        + "".join(f'akiec{n},"Squamous cell carcinoma, NOS"\n' for n in range(4, 7))
    )
    images = read_labelled_images([data_set], data_set / "HAM10000_metadata.csv", CODES)
    leaves = leaf_codes(tmp_path, images)
    assert [leaves[f"akiec{n}"] for n in range(7)] == ["ak"] * 4 + ["scc"] * 3
    assert leaves["mel0"] == "mel"


def test_lesion_without_a_leaf_is_named(data_set, tmp_path):
    (tmp_path / "isic_archive_metadata.csv").write_text("isic_id,diagnosis_3\n")
    images = read_labelled_images([data_set], data_set / "HAM10000_metadata.csv", CODES)
    with pytest.raises(LabelsUnreadable, match="akiec0"):
        leaf_codes(tmp_path, images)


def test_picture_that_stands_in_two_sets_is_refused(with_extra, data_set, extra_root):
    """It would teach in one of them and judge in the other."""
    with (data_set / "HAM10000_metadata.csv").open(newline="") as file:
        name = next(csv.DictReader(file))["image_id"]
    [ours] = data_set.rglob(f"{name}.jpg")
    with Image.open(ours) as image:
        image.resize((90, 90)).save(extra_root / "clinic" / f"{name}.jpg")
    with (extra_root / "clinic" / "labels.csv").open("a", newline="") as file:
        csv.writer(file).writerow((name, "nv"))
    with pytest.raises(LabelsUnreadable, match=rf"1 of the pictures .* too, {name}\.jpg for one"):
        sources_of(with_extra, data_set, extra_root)


def test_other_picture_of_the_same_name_is_let_be(with_extra, data_set, extra_root):
    with (data_set / "HAM10000_metadata.csv").open(newline="") as file:
        name = next(csv.DictReader(file))["image_id"]
    (extra_root / "clinic" / "a3.jpg").rename(extra_root / "clinic" / f"{name}.jpg")
    table = extra_root / "clinic" / "labels.csv"
    table.write_text(table.read_text().replace("a3,", f"{name},"))
    assert len(sources_of(with_extra, data_set, extra_root)) == 2
