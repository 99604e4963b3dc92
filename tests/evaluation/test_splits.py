"""Split files, and whether a model was trained on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable
from skinapp.evaluation.splits import (
    fingerprint,
    in_order,
    only_part,
    read_split_rows,
    refuse_another_split,
)
from tests.cast import a_card

HEAD = "image_id,lesion_id,dx,part\n"
ROWS = "a,L1,nv,training\nb,L2,mel,validation\nc,L3,nv,test\nd,L4,mel,test\n"


@pytest.fixture
def split(tmp_path: Path) -> Path:
    path = tmp_path / "split.csv"
    path.write_text(HEAD + ROWS)
    return path


def _labelled(*ids: str) -> list[LabelledImage]:
    return [LabelledImage(image_id, Path(image_id), "nv", image_id) for image_id in ids]


def test_a_part_is_what_the_split_says(split: Path):
    rows = read_split_rows(split)
    chosen = only_part(_labelled("a", "b", "c", "d"), rows, split, "test")
    assert [image.image_id for image in chosen] == ["c", "d"]


def test_images_of_a_part_that_have_no_label_are_told(split: Path):
    with pytest.raises(LabelsUnreadable, match="1 of the 2 images in part 'test' have no label, d"):
        only_part(_labelled("a", "b", "c"), read_split_rows(split), split, "test")


def test_a_part_without_images_is_told(split: Path):
    split.write_text(HEAD + "a,L1,nv,training\n")
    with pytest.raises(LabelsUnreadable, match="no images in part 'test'"):
        only_part(_labelled("a"), read_split_rows(split), split, "test")


@pytest.mark.parametrize(
    "content",
    [
        b"image_id,dx\na,nv\n",
        HEAD.encode(),
        HEAD.encode() + b"a,L1,nv\n",
        HEAD.encode() + b"a,L1,nv,exam\n",
        HEAD.encode() + b"\xe9,L1,nv,test\n",
    ],
    ids=["a table of labels", "no row", "a short row", "an unknown part", "not UTF-8"],
)
def test_what_is_no_split_file_is_refused_in_words(split: Path, content: bytes):
    split.write_bytes(content)
    with pytest.raises(LabelsUnreadable, match=r"split\.csv"):
        read_split_rows(split)


def test_a_spreadsheet_may_have_marked_it_as_utf8(split: Path):
    split.write_bytes(b"\xef\xbb\xbf" + split.read_bytes())
    assert read_split_rows(split)[0].image_id == "a"


def test_a_model_knows_the_splits_it_was_trained_on_and_no_other(split: Path):
    rows = read_split_rows(split)
    own = fingerprint((row.part, row.image_id) for row in rows)
    card = a_card()
    for update in ({"split_sha256": own}, {"other_splits_sha256": {"others": own}}):
        training = card.training.model_copy(update=update)
        refuse_another_split(card.model_copy(update={"training": training}), split, rows)
    with pytest.raises(LabelsUnreadable, match="may know these images"):
        refuse_another_split(card, split, rows)


def test_another_sets_split_is_not_taken_for_the_home_sets(split: Path):
    rows = read_split_rows(split)
    own = fingerprint((row.part, row.image_id) for row in rows)
    card = a_card()
    elsewhere = card.training.model_copy(update={"other_splits_sha256": {"others": own}})
    with pytest.raises(LabelsUnreadable, match="of another set than HAM10000"):
        refuse_another_split(
            card.model_copy(update={"training": elsewhere}), split, rows, home=True
        )
    at_home = card.training.model_copy(update={"split_sha256": own})
    refuse_another_split(card.model_copy(update={"training": at_home}), split, rows, home=True)


def test_the_order_of_the_parts_in_a_file_does_not_matter(split: Path):
    rows = read_split_rows(split)
    assert in_order([*rows[2:], *rows[:2]]) == rows
