"""Images below a folder, wherever its links lead."""

import os

import pytest

from skinapp.domain.lesions import HAM10000
from skinapp.evaluation.folders import list_folder_images, read_folder_images
from skinapp.evaluation.image_files import image_files
from skinapp.evaluation.labels import find_images
from skinapp.evaluation.predictions import files_below
from skinapp.training.inventory import take_inventory


@pytest.fixture
def linked(tmp_path):
    """A set of which one class lies on another disk."""
    (tmp_path / "disk" / "deep").mkdir(parents=True)
    (tmp_path / "disk" / "deep" / "b.jpg").touch()
    root = tmp_path / "set"
    (root / "mel").mkdir(parents=True)
    (root / "mel" / "a.PNG").touch()
    (root / "mel" / "notes.txt").touch()
    (root / "nv").symlink_to(tmp_path / "disk", target_is_directory=True)
    return root


def names(paths, root):
    return [path.relative_to(root).as_posix() for path in paths]


def test_images_in_a_linked_folder_are_found_in_order(linked):
    assert names(image_files(linked), linked) == ["mel/a.PNG", "nv/deep/b.jpg"]


@pytest.mark.parametrize("target", [".", "..", "../..", "/"])
def test_a_link_that_leads_back_is_not_followed(linked, target):
    (linked / "mel" / "again").symlink_to(target, target_is_directory=True)
    assert names(image_files(linked), linked) == ["mel/a.PNG", "nv/deep/b.jpg"]


def test_two_folders_that_link_to_each_other_come_to_an_end(tmp_path):
    for here, there in ("ab", "ba"):
        (tmp_path / here).mkdir()
        (tmp_path / here / f"{here}.jpg").touch()
        (tmp_path / here / "other").symlink_to(tmp_path / there, target_is_directory=True)
    assert names(image_files(tmp_path), tmp_path) == [
        "a/a.jpg",
        "a/other/b.jpg",
        "b/b.jpg",
        "b/other/a.jpg",
    ]


def test_a_link_to_a_file_that_is_gone_is_listed_and_a_folder_is_none(tmp_path):
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.jpg").mkdir()
    assert names(image_files(tmp_path), tmp_path) == ["gone.jpg"]


def test_whatever_reads_a_set_follows_its_links(linked):
    found = find_images([linked], ["b"], linked / "table.csv")
    assert found == {"b": linked / "nv" / "deep" / "b.jpg"}
    assert [image.code for image in read_folder_images(linked, HAM10000)] == ["mel", "nv"]
    assert len(list_folder_images(linked)) == 2
    assert len(list(files_below([linked]))) == 2
    (linked / "labels.csv").write_text("image_id,diagnosis\nb,nv\n")
    assert [record.code for record in take_inventory(linked).records] == ["", "nv"]


def test_a_folder_that_can_not_be_read_is_told_and_no_class_left_out(linked, monkeypatch):
    listed = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("mel"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError, match="mel"):
        image_files(linked)
