"""The symmetries of the square: a lesion has no up and no left."""

from __future__ import annotations

from typing import Literal

# Views of a picture: it alone; with its mirror image; under all symmetries of the square.
Symmetries = Literal[1, 2, 8]


def turns_and_mirrors(number: Symmetries) -> tuple[tuple[int, bool], ...]:
    """Quarter turns of each view, and whether it is mirrored then; the picture as it is first."""
    turns = 4 if number == 8 else 1  # noqa: PLR2004 - all of the square
    mirrors = (False,) if number == 1 else (False, True)
    return tuple((turn, mirror) for turn in range(turns) for mirror in mirrors)
