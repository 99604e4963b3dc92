"""Findings as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Found = dict[str, Any]
# In place of a number that would mean nothing.
NONE = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """The file that a table is made from, how, and whether every measured model has its own.

    ``beneath`` is the folder in which it lies, where that is not the uppermost.
    """

    file: str
    make: Callable[[Found], str]
    for_each_model: bool = False
    beneath: str = ""


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; numbers to the right, and with as many digits as mean something.

    Raises :class:`ValueError` where a row has not as many values as the header.
    """
    rule = "|".join(
        "---:" if all(isinstance(one, int | float) or one == NONE for one in column) else "---"
        for _, *column in zip(header, *rows, strict=True)
    )
    lines = ["| " + " | ".join(header) + " |", f"|{rule}|"]
    lines += ["| " + " | ".join(_text(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _text(value: object) -> str:
    """Three digits for what is small, none behind the point for what is large."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
