"""The evaluation's pictures that may be shown: an allow-list made once, at start."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from skinapp.web.kept_files import KeptFile, read_file

_VIEW_BOX = re.compile(rb'<svg\b[^>]*\sviewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"')


@dataclass(frozen=True, slots=True)
class Figure:
    """An SVG file, and how large it is drawn, by which a page keeps its place; 0: it isn't said."""

    file: KeptFile
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class FigureShelf:
    """Figures by (part, name), as they were when the card was read that they belong to.

    What is not listed does not exist, whatever the path says.
    """

    figures: dict[tuple[str, str], Figure] = field(default_factory=dict)

    def of_part(self, part: str) -> tuple[tuple[str, Figure], ...]:
        """A part's figures with their names, in alphabetical order."""
        return tuple(
            (name, figure) for (found, name), figure in self.figures.items() if found == part
        )

    def get(self, part: str, name: str) -> Figure | None:
        """Return the figure, or None where there is no such one."""
        return self.figures.get((part, name))


def find_figures(folder: Path | None) -> FigureShelf:
    """Read ``<folder>/<part>/<name>.svg``; a folder that is missing holds none.

    One that can't be read is left out, and the log says why.
    """
    if folder is None:
        return FigureShelf()
    figures = {}
    for path in sorted(folder.resolve().glob("*/*.svg")):
        try:
            figures[path.parent.name, path.stem] = _read(path)
        except OSError as error:
            # No reason not to answer a photo.
            log = structlog.get_logger("skinapp.figures")
            log.warning("figure_left_out", path=str(path), why=error.strerror)
    return FigureShelf(figures)


def _read(path: Path) -> Figure:
    file = read_file(path)
    size = _VIEW_BOX.search(file.content)
    width, height = (round(float(side)) for side in size.groups()) if size else (0, 0)
    return Figure(file, width, height)
