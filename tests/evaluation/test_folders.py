"""Folder-per-class sets, as people have them."""

import pytest

from skinapp.domain.lesions import HAM10000
from skinapp.evaluation.folders import list_folder_images, read_folder_images, read_images
from skinapp.evaluation.labels import LabelsUnreadable


@pytest.fixture
def folder(tmp_path):
    for name in (
        "Train/basal cell carcinoma/x.jpg",
        "Train/melanoma/x.jpg",
        "Test/Melanoma/y.png",
        "Train/melanoma/notes.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_classes_come_from_folders_named_by_code_or_name(folder):
    images = read_folder_images(folder, HAM10000)
    assert [(image.image_id, image.code) for image in images] == [
        ("Test/Melanoma/y", "mel"),
        ("Train/basal cell carcinoma/x", "bcc"),
        ("Train/melanoma/x", "mel"),
    ]


def test_parts_come_from_the_folders_above(folder):
    assert {(i.path.name, i.part) for i in list_folder_images(folder)} == {
        ("x.jpg", "training"),
        ("y.png", "test"),
    }


def test_set_without_parts_is_read(tmp_path):
    (tmp_path / "nv").mkdir()
    (tmp_path / "nv" / "a.jpg").touch()
    (image,) = list_folder_images(tmp_path)
    assert (image.class_name, image.part) == ("nv", "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("Train/wart/a.jpg", "no class of the taxonomy: wart"), ("a.jpg", "no class's folder")],
)
def test_what_fits_no_class_is_refused(tmp_path, name, reason):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(LabelsUnreadable, match=reason):
        read_folder_images(tmp_path, HAM10000)


def test_files_that_differ_in_their_suffix_only_are_refused_with_both_names(tmp_path):
    (tmp_path / "nv").mkdir()
    for name in ("0.jpg", "0.jpeg"):
        (tmp_path / "nv" / name).touch()
    with pytest.raises(LabelsUnreadable, match=r"0\.jpeg and .*0\.jpg have one name"):
        read_folder_images(tmp_path, HAM10000)


@pytest.mark.parametrize("name", [".", "nowhere"])
def test_empty_or_missing_folder_is_refused(tmp_path, name):
    with pytest.raises(LabelsUnreadable, match=r"no folders of images|not a folder"):
        list_folder_images(tmp_path / name)


def test_without_a_table_a_folder_says_what_its_images_show(folder):
    assert read_images([folder], None, None, HAM10000) == read_folder_images(folder, HAM10000)


def test_a_split_says_it_after_cleaning_with_the_lesions(folder):
    split = folder / "split.csv"
    split.write_text(
        "image_id,lesion_id,dx,part\n"
        "Train/melanoma/x,L1,mel,test\n"
        "Train/basal cell carcinoma/x,L2,bcc,training\n"
    )
    images = read_images([folder], None, split, HAM10000)
    assert [(image.path.parent.name, image.code, image.lesion_id) for image in images] == [
        ("basal cell carcinoma", "bcc", "L2"),
        ("melanoma", "mel", "L1"),
    ]


def test_a_split_knows_the_lesions_of_a_table_that_does_not(folder, tmp_path):
    table, split = tmp_path / "labels.csv", tmp_path / "split.csv"
    names = ("Train/melanoma/x", "Train/basal cell carcinoma/x")
    table.write_text(f"image_id,diagnosis\n{names[0]},mel\n{names[1]},bcc\n")
    split.write_text(
        f"image_id,lesion_id,dx,part\n{names[0]},near-1,mel,test\n{names[1]},near-1,bcc,test\n"
    )
    images = read_images([folder], table, split, HAM10000)
    assert {image.lesion_id for image in images} == {"near-1"}
    assert len(read_images([folder], table, None, HAM10000)) == 2


def test_a_table_that_knows_lesions_is_believed(folder, tmp_path):
    table, split = tmp_path / "labels.csv", tmp_path / "split.csv"
    names = ("Train/melanoma/x", "Train/basal cell carcinoma/x")
    table.write_text(f"image_id,lesion_id,dx\n{names[0]},L1,mel\n{names[1]},L1,bcc\n")
    split.write_text(
        f"image_id,lesion_id,dx,part\n{names[0]},near-1,mel,test\n{names[1]},near-2,bcc,test\n"
    )
    images = read_images([folder], table, split, HAM10000)
    assert {image.lesion_id for image in images} == {"L1"}


def test_several_folders_of_classes_at_once_are_refused(folder):
    with pytest.raises(LabelsUnreadable, match="--labels or --split"):
        read_images([folder, folder], None, None, HAM10000)
