"""The split files in a run's work folder, which belong to its checkpoint."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from skinapp.evaluation.splits import COLUMNS, PARTS, fingerprint, read_split_rows
from skinapp.training.loop import CHECKPOINT, CheckpointOfAnotherRecipe
from skinapp.training.sources import Source
from skinapp.training.split import Parts


def write_splits(work: Path, sources: Sequence[Source]) -> None:
    """Write which image and lesion stands in which part, a file for each set, the home set's first.

    Raises :class:`CheckpointOfAnotherRecipe` where a run was begun here with another split: it
    has learned from images that this one would test with.
    """
    home, *others = sources
    splits = {work / "split.csv": home.parts} | {
        work / f"split-{other.name}.csv": other.parts for other in others
    }
    if (work / CHECKPOINT).is_file():
        for path, parts in splits.items():
            _refuse_another(path, parts)
    work.mkdir(parents=True, exist_ok=True)
    for path, parts in splits.items():
        write_split(parts, path)


def _refuse_another(path: Path, parts: Parts) -> None:
    if not path.is_file():
        return
    found = fingerprint((row.part, row.image_id) for row in read_split_rows(path))
    if found != parts.sha256():
        raise CheckpointOfAnotherRecipe(
            f"{path} is another split than this run would make, and its checkpoint has learned "
            "from it; choose another --work folder or remove it"
        )


def write_split(parts: Parts, path: Path) -> None:
    """Write one split, whole or not at all."""
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for part in PARTS:
            for image in parts.named(part):
                writer.writerow([image.image_id, image.lesion_id, image.code, part])
    partial.replace(path)
