"""Reading labelled images: HAM10000's table, a plain one, the ISIC challenge's one-hot one."""

from __future__ import annotations

import filecmp
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from skinapp.evaluation.image_files import image_files
from skinapp.evaluation.tables import LabelsUnreadable, read_header, read_table

__all__ = [
    "LabelledImage",
    "LabelsUnreadable",
    "find_images",
    "read_labelled_images",
]

_LEAST_ONE_HOT_COLUMNS = 3  # the image and two classes


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """An image file, its class code, and the lesion it shows (its own id where unknown)."""

    image_id: str
    path: Path
    code: str
    lesion_id: str


@dataclass(frozen=True, slots=True)
class _Row:
    image_id: str
    code: str
    lesion_id: str


def find_images(folders: Sequence[Path], image_ids: Sequence[str], table: Path) -> dict[str, Path]:
    """The file of each image that a table speaks of, by id.

    An id is a file's name without suffix, or its whole path below the folder without suffix, as
    in sets that have a folder a class, where one name can stand several times.  Copies of one
    file are as good as one: HAM10000 circulates with its folders twice.  Raises
    :class:`LabelsUnreadable` for an id that stands twice in the table, has no file, or has several
    that differ.
    """
    twice = [image_id for image_id, rows in Counter(image_ids).items() if rows > 1]
    if twice:
        raise LabelsUnreadable(
            f"{len(twice)} images have several rows in {table.name}, the first is {twice[0]}"
        )
    files = _files_of_ids(folders)
    missing = [image_id for image_id in image_ids if image_id not in files]
    if missing:
        raise LabelsUnreadable(
            f"{len(missing)} of {len(image_ids)} images in {table.name} have no file, "
            f"the first is {missing[0]}"
        )
    return {image_id: _only_file(image_id, files[image_id]) for image_id in image_ids}


def _files_of_ids(folders: Sequence[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise LabelsUnreadable(f"{folder} is not a folder")
        for path in image_files(folder):
            for image_id in {path.stem, path.relative_to(folder).with_suffix("").as_posix()}:
                found.setdefault(image_id, []).append(path)
    return found


def _only_file(image_id: str, files: Sequence[Path]) -> Path:
    first, *others = files
    for other in others:
        if not (first.samefile(other) or filecmp.cmp(first, other, shallow=False)):
            raise LabelsUnreadable(f"which file shows {image_id}: {first} or {other}?")
    return first


def read_labelled_images(
    folders: Sequence[Path], table: Path, codes: Sequence[str]
) -> list[LabelledImage]:
    """Join a table of labels with the image files; sorted by image id.

    The table is HAM10000's (``image_id``, ``dx``, ``lesion_id``), a plain one (``image_id``,
    ``diagnosis``) or the ISIC challenge's (``image`` and one column a class, one of them 1).
    Raises :class:`LabelsUnreadable` for an unknown layout, a class that is not in ``codes``, an
    image that is missing, and for one that has several rows or files that differ.
    """
    rows = list(_rows(table))
    files = find_images(folders, [row.image_id for row in rows], table)
    unknown = sorted({row.code for row in rows} - set(codes))
    if unknown:
        raise LabelsUnreadable(
            f"{table.name} has classes that the model does not know: {', '.join(unknown)}"
        )
    images = [LabelledImage(r.image_id, files[r.image_id], r.code, r.lesion_id) for r in rows]
    return sorted(images, key=lambda image: image.image_id)


def _rows(table: Path) -> Iterator[_Row]:
    header = read_header(table)
    columns = set(header)
    if {"image_id", "dx"} <= columns:
        # A lesion id that was cut off would make the image a lesion of its own.
        lesion = ["lesion_id"] if "lesion_id" in columns else []
        for line in read_table(table, "image_id", "dx", *lesion):
            yield _Row(line["image_id"], line["dx"], line.get("lesion_id") or line["image_id"])
    elif {"image_id", "diagnosis"} <= columns:
        for line in read_table(table, "image_id", "diagnosis"):
            yield _Row(line["image_id"], line["diagnosis"], line["image_id"])
    elif "image" in columns and len(columns) >= _LEAST_ONE_HOT_COLUMNS:
        for line in read_table(table, *filter(None, header)):
            yield _Row(line["image"], _one_hot_code(line, table), line["image"])
    else:
        raise LabelsUnreadable(
            f"{table.name} is neither HAM10000's table (image_id, dx) nor the ISIC challenge's "
            "(image, then one column a class)"
        )


def _one_hot_code(line: dict[str, str], table: Path) -> str:
    codes = [
        column.lower() for column, value in line.items() if column != "image" and _is_one(value)
    ]
    if len(codes) != 1:
        raise LabelsUnreadable(f"{table.name}: {line['image']} has {len(codes)} classes, not one")
    return codes[0]


def _is_one(value: str) -> bool:
    try:
        return float(value) == 1.0
    except ValueError:
        return False
