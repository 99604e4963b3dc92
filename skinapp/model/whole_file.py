"""Files that appear whole or not at all, whatever becomes of the program or the disk."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write UTF-8 text to a file in one step; what was there stays until then.

    Raises ``OSError``, and leaves nothing half-written, where it can't be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
