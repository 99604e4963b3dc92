"""Tables of labels in the layouts that people have."""

import pytest

from skinapp.evaluation.labels import LabelsUnreadable, read_labelled_images

CODES = ["mel", "nv"]


@pytest.fixture
def folder(tmp_path):
    images = tmp_path / "images"
    (images / "part_2").mkdir(parents=True)
    (images / "a.jpg").touch()
    (images / "part_2" / "b.JPG").touch()
    return images


def write(tmp_path, text):
    table = tmp_path / "table.csv"
    table.write_text(text)
    return table


def test_ham10000_table_is_read_with_its_lesions(tmp_path, folder):
    table = write(tmp_path, "lesion_id,image_id,dx\nL1,b,nv\nL1,a,nv\n")
    images = read_labelled_images([folder], table, CODES)
    assert [(i.image_id, i.code, i.lesion_id) for i in images] == [
        ("a", "nv", "L1"),
        ("b", "nv", "L1"),
    ]


def test_challenge_table_is_read_with_one_lesion_an_image(tmp_path, folder):
    table = write(tmp_path, "image,MEL,NV\na,1.0,0.0\nb,0.0,1.0\n")
    images = read_labelled_images([folder], table, CODES)
    assert [(i.image_id, i.code, i.lesion_id) for i in images] == [
        ("a", "mel", "a"),
        ("b", "nv", "b"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("image,MEL,NV\na,1.0,1.0\n", "2 classes"),
        ("image,MEL,NV\na,0,0\n", "0 classes"),
        ("image_id,dx\nc,nv\n", "no file"),
        ("image_id,dx\na,bcc\n", "not know"),
        ("name,class\na,nv\n", "neither"),
        ("image_id,dx\na,nv\nb,nv\na,mel\n", "1 images have several rows in table.csv.* a$"),
        ("image_id,dx\na\n", "line 2: the row ends before 'dx'"),
        ("image_id,dx,lesion_id\na,nv\n", "line 2: the row ends before 'lesion_id'"),
        ("image,MEL,NV\na,1.0\n", "line 2: the row ends before 'NV'"),
    ],
)
def test_unusable_table_is_refused_with_the_reason(tmp_path, folder, text, reason):
    with pytest.raises(LabelsUnreadable, match=reason):
        read_labelled_images([folder], write(tmp_path, text), CODES)


@pytest.mark.parametrize("name", ["a.png", "part_2/a.jpg"])
def test_image_of_two_different_files_is_refused_with_both(tmp_path, folder, name):
    (folder / name).write_bytes(b"another picture")
    with pytest.raises(LabelsUnreadable, match=r"shows a: .*a\.\w+ or .*a\.\w+\?"):
        read_labelled_images([folder], write(tmp_path, "image_id,dx\na,nv\n"), CODES)


def test_copies_of_a_file_and_folders_named_twice_are_as_good_as_one(tmp_path, folder):
    (folder / "part_2" / "a.jpg").touch()
    table = write(tmp_path, "image_id,dx\na,nv\nb,nv\n")
    images = read_labelled_images([folder, folder / "part_2"], table, CODES)
    assert [image.path.name for image in images] == ["a.jpg", "b.JPG"]


def test_images_that_the_table_does_not_name_may_share_a_name(tmp_path, folder):
    (folder / "part_2" / "a.jpg").write_bytes(b"another picture")
    (image,) = read_labelled_images([folder], write(tmp_path, "image_id,dx\nb,nv\n"), CODES)
    assert image.image_id == "b"


def test_folder_that_is_not_there_is_refused(tmp_path):
    table = write(tmp_path, "image_id,dx\na,nv\n")
    with pytest.raises(LabelsUnreadable, match="not a folder"):
        read_labelled_images([tmp_path / "nowhere"], table, CODES)
