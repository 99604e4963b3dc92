"""The history of a run, as a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


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
        writer = csv.DictWriter(file, fieldnames=list(HistoryRow.__dataclass_fields__))
        writer.writeheader()
        writer.writerows(asdict(row) for row in history)


def read_history(path: Path) -> list[dict[str, float]]:
    """Read a history, for its curves; none where the file isn't there."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
