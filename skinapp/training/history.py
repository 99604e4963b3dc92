"""The history of a run, as a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of the history, written at each validation."""

    step: int
    images_seen: int
    size_px: int
    learning_rate: float
    training_loss: float
    validation_loss: float
    validation_accuracy: float
    validation_balanced_accuracy: float
    elapsed_s: float


def write_history(history: Sequence[HistoryRow], path: Path) -> None:
    """Write the history as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=[field.name for field in fields(HistoryRow)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in history)


def read_history(path: Path) -> list[HistoryRow]:
    """Read a history; none where the file isn't there."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return TypeAdapter(list[HistoryRow]).validate_python(list(csv.DictReader(file)))
