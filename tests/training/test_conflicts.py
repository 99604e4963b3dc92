"""A set that shows one picture in two classes is refused, unless it is said which wins."""

import pytest

from skinapp.evaluation.labels import LabelledImage
from skinapp.synthetic import draw_lesion
from skinapp.training.conflicts import (
    PicturesInTwoClasses,
    find_pictures,
    keep_pictures_together,
    settle_conflicts,
)

CODES = ("mel", "nv")


@pytest.fixture
def images(tmp_path):
    """Image ``a`` and its smaller copy ``b`` have two classes; ``c`` is another picture."""
    for name, seed, width_px in (("a", 1, 200), ("b", 1, 200), ("c", 2, 200)):
        picture = draw_lesion(seed=seed, width_px=width_px, height_px=150)
        size = (90, 90) if name == "b" else picture.size
        picture.resize(size).save(tmp_path / f"{name}.png")
    codes = {"a": "nv", "b": "mel", "c": "nv"}
    return [LabelledImage(n, tmp_path / f"{n}.png", code, n) for n, code in codes.items()]


def ids(images):
    return [image.image_id for image in images]


def test_copies_are_one_picture(images):
    assert find_pictures(images) == [0, 0, 2]


def test_a_contradiction_is_refused_with_its_names(images):
    with pytest.raises(PicturesInTwoClasses, match=r"1 pictures .* a.png in nv, b.png in mel"):
        settle_conflicts(images, find_pictures(images), CODES, "refuse")


def test_drop_leaves_out_all_that_contradict_each_other(images):
    assert ids(settle_conflicts(images, [0, 0, 2], CODES, "drop")) == ["c"]


def test_first_keeps_the_class_that_comes_first_in_the_taxonomy(images):
    assert ids(settle_conflicts(images, [0, 0, 2], CODES, "first")) == ["b", "c"]


@pytest.mark.parametrize("rule", ["refuse", "drop", "first"])
def test_a_set_without_contradictions_stays_whole(images, rule):
    assert ids(settle_conflicts(images, [0, 1, 2], CODES, rule)) == ["a", "b", "c"]


def test_copies_get_one_lesion_id(images):
    together = keep_pictures_together(images, [0, 0, 2])
    assert [image.lesion_id for image in together] == ["picture-a", "picture-a", "picture-c"]


def test_no_images_have_no_pictures():
    assert find_pictures([]) == []
