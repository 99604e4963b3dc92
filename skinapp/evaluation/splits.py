"""Split files of ``train.py``: which image stands in which part, and whether a model knows it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable
from skinapp.evaluation.tables import read_table
from skinapp.model.card import Card

PARTS = ("training", "validation", "test")
COLUMNS = ("image_id", "lesion_id", "dx", "part")


@dataclass(frozen=True, slots=True)
class SplitRow:
    """An image of a set, and its part."""

    image_id: str
    lesion_id: str
    dx: str
    part: str


def fingerprint(placed: Iterable[tuple[str, str]]) -> str:
    """Fingerprint of (part, image id) in the order of a split; two runs on one split have the same.

    The parts come one after the other, in the order of :data:`PARTS`.
    """
    text = "\n".join(f"{part} {image_id}" for part, image_id in placed)
    return hashlib.sha256(text.encode()).hexdigest()


def read_split_rows(split: Path) -> list[SplitRow]:
    """Read a split file.  Raises :class:`LabelsUnreadable` where it is none."""
    rows = read_table(split, *COLUMNS)
    if not rows:
        raise LabelsUnreadable(f"{split} is no split file of train.py: it has no rows")
    if unknown := {row["part"] for row in rows} - set(PARTS):
        known = ", ".join(PARTS)
        raise LabelsUnreadable(f"{split} has an unknown part: {min(unknown)!r}; known are {known}")
    return [SplitRow(*(row[name] for name in COLUMNS)) for row in rows]


def in_order(rows: Iterable[SplitRow]) -> list[SplitRow]:
    """The rows part by part, as a fingerprint wants them."""
    return sorted(rows, key=lambda row: PARTS.index(row.part))


def refuse_another_split(
    card: Card, split: Path, rows: Sequence[SplitRow], *, home: bool = False
) -> None:
    """Raise :class:`LabelsUnreadable` where the model was trained on another split than this.

    It may know the images of this one's test part.  With ``home`` it has to be the home set's:
    rules are fitted to that one, and its figures are those that a model is known by.
    """
    found = fingerprint((row.part, row.image_id) for row in in_order(rows))
    if found == card.training.split_sha256:
        return
    if found not in card.training.other_splits_sha256.values():
        raise LabelsUnreadable(
            f"{split} is not a split that {card.name} was trained on: it may know these images"
        )
    if home:
        raise LabelsUnreadable(
            f"{split} is the split of another set than {card.training.data}, which {card.name} is "
            "fitted to and known by"
        )


def only_part(
    images: Sequence[LabelledImage], rows: Sequence[SplitRow], split: Path, part: str
) -> list[LabelledImage]:
    """The images that a split file puts into a part.

    Raises :class:`LabelsUnreadable` where there are none, or some are not among the labelled ones.
    """
    wanted = {row.image_id for row in rows if row.part == part}
    if not wanted:
        raise LabelsUnreadable(f"{split} has no images in part {part!r}")
    chosen = [image for image in images if image.image_id in wanted]
    if missing := wanted - {image.image_id for image in chosen}:
        raise LabelsUnreadable(
            f"{split}: {len(missing)} of the {len(wanted)} images in part {part!r} have no label, "
            f"{min(missing)} for one"
        )
    return chosen
