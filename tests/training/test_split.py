"""Splitting by lesion."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.splits import PARTS
from skinapp.training.split import LesionInTwoClasses, split_by_lesion, with_unseen


def some_images(lesions):
    """Images with one to three photos a lesion; every fourth lesion is a melanoma."""
    return [
        LabelledImage(f"{lesion}-{n}", Path("x.jpg"), "nv" if lesion % 4 else "mel", f"L{lesion}")
        for lesion in range(lesions)
        for n in range(1 + lesion % 3)
    ]


def split(images, seed=1):
    return split_by_lesion(images, validation_fraction=0.12, test_fraction=0.15, seed=seed)


@given(lesions=st.integers(1, 300), seed=st.integers(0, 1000))
def test_no_lesion_stands_in_two_parts_and_no_image_is_lost(lesions, seed):
    images = some_images(lesions)
    parts = split(images, seed)
    by_part = [{image.lesion_id for image in parts.named(part)} for part in PARTS]
    assert sum(len(ids) for ids in by_part) == len(set.union(*by_part)) == lesions
    assert sorted(i.image_id for part in PARTS for i in parts.named(part)) == sorted(
        i.image_id for i in images
    )


def test_each_class_is_split_in_the_same_proportion():
    parts = split(some_images(800))
    for code, lesions in (("mel", 200), ("nv", 600)):
        found = {image.lesion_id for image in parts.test if image.code == code}
        assert len(found) == 0.15 * lesions


def test_split_does_not_depend_on_the_order_of_the_images():
    images = some_images(100)
    backwards = split(images[::-1])
    assert {i.image_id for i in split(images).test} == {i.image_id for i in backwards.test}


def test_new_lesions_leave_the_ranking_of_the_old_ones_alone():
    few, many = split(some_images(400)), split(some_images(440))
    stayed = {i.lesion_id for i in few.test} & {i.lesion_id for i in many.test}
    assert len(stayed) > 0.8 * len({i.lesion_id for i in few.test})


def test_lesion_with_two_diagnoses_is_refused():
    images = [LabelledImage(str(n), Path("x"), code, "L1") for n, code in enumerate(("mel", "nv"))]
    with pytest.raises(LesionInTwoClasses, match="L1 is both mel and nv"):
        split(images)


def test_the_split_of_a_set_is_the_same_for_ever():
    """Shipped figures hold only as long as no lesion changes sides."""
    assert split(some_images(100), seed=20260).sha256()[:16] == "8d3dc22c63403ad5"


def test_settled_lesions_stay_where_they_are_put_and_the_others_are_split():
    images = some_images(200)
    settled = {f"L{lesion}": "test" for lesion in range(1, 100, 2)}
    parts = split_by_lesion(
        images, validation_fraction=0.2, test_fraction=0.2, seed=1, settled=settled
    )
    in_test = {image.lesion_id for image in parts.test}
    assert set(settled) < in_test
    # Of nevi 150 - 50 are free, of melanomas 50.
    assert len(in_test) == 50 + 20 + 10


@given(lesions=st.integers(1, 200))
def test_unseen_class_stands_in_the_test_part_alone_and_the_others_where_they_stood(lesions):
    parts = split(some_images(lesions))
    moved = with_unseen(parts, ["mel"])
    assert {image.code for image in (*moved.training, *moved.validation)} <= {"nv"}
    for part in PARTS:
        before, after = (
            [image for image in each.named(part) if image.code == "nv"] for each in (parts, moved)
        )
        assert sorted(before, key=str) == sorted(after, key=str)
    assert sum(len(moved.named(part)) for part in PARTS) == len(some_images(lesions))
