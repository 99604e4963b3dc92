"""The evaluation's pictures that may be shown: an allow-list made once, at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FigureShelf:
    """SVG files by (part, name).  What is not listed does not exist, whatever the path says."""

    paths: dict[tuple[str, str], Path] = field(default_factory=dict)

    def names(self, part: str) -> tuple[str, ...]:
        """Names of a part's figures, sorted."""
        return tuple(sorted(name for found, name in self.paths if found == part))

    def path(self, part: str, name: str) -> Path | None:
        """Return the file, or None where there is no such figure."""
        return self.paths.get((part, name))


def find_figures(folder: Path | None) -> FigureShelf:
    """List ``<folder>/<part>/<name>.svg``; a folder that is missing holds none."""
    if folder is None:
        return FigureShelf()
    return FigureShelf(
        {(path.parent.name, path.stem): path for path in sorted(folder.resolve().glob("*/*.svg"))}
    )
