"""Reading CSV tables that people bring: what is wrong with one is said in a sentence."""

from __future__ import annotations

import csv
import io
from pathlib import Path


class LabelsUnreadable(ValueError):
    """The table of labels, or the images it speaks of, can't be used; says why."""


def read_header(path: Path) -> tuple[str, ...]:
    """Names of a table's columns, none where the file is empty.

    Raises :class:`LabelsUnreadable` for bytes that are no UTF-8 or no CSV, and ``OSError``.
    """
    return tuple(_reader(path).fieldnames or ())


def read_table(path: Path, *columns: str) -> list[dict[str, str]]:
    """The rows of a table by column; a cell that a short row lacks is empty.

    Raises :class:`LabelsUnreadable` for bytes that are no UTF-8 or no CSV, where one of the
    ``columns`` is missing or stands twice, and where a row ends before one of them, as the last
    one of a file that was cut off does; ``OSError`` where there is no such file.
    """
    reader = _reader(path)
    header = tuple(reader.fieldnames or ())
    for column in columns:
        if header.count(column) != 1:
            trouble = "has several columns" if column in header else "has no column"
            raise LabelsUnreadable(f"{path} {trouble} {column!r}; it has: {', '.join(header)}")
    rows = []
    try:
        for row in reader:
            for column in columns:
                if row[column] is None:
                    line = reader.line_num
                    raise LabelsUnreadable(f"{path}, line {line}: the row ends before {column!r}")
            # Cells beyond the header belong to no column.
            rows.append({name: row[name] or "" for name in header})
    except csv.Error as error:
        raise LabelsUnreadable(f"{path}, line {reader.line_num + 1}: {error}") from None
    return rows


def _reader(path: Path) -> csv.DictReader[str]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise LabelsUnreadable(
            f"{path}, line {line}: byte 0x{byte:02x} is no UTF-8; save the table as UTF-8"
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        _ = reader.fieldnames  # reads the first line
    except csv.Error as error:
        raise LabelsUnreadable(f"{path}, line 1: {error}") from None
    return reader
