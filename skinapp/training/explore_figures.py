"""The first look's figures, ready to stand inside a page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from skinapp.evaluation.figures import COLOURS
from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.model.evidence import Crossing, DataFacts
from skinapp.training.open_image import open_image

_TILE_PX = 96
_GAP_PX = 4
_INCHES_A_ROW = 0.3


def _data_uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _as_uri(figure: Figure) -> str:
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return _data_uri("image/svg+xml", file.getvalue())


def classes_figure(facts: DataFacts) -> str:
    """Images of each class as bars in the class's own mean colour, as a data URI."""
    figure = Figure(figsize=(7.2, 1.2 + _INCHES_A_ROW * len(facts.classes)), layout="constrained")
    axes = figure.add_subplot()
    names = [found.code for found in facts.classes]
    counts = [found.images for found in facts.classes]
    colours = [tuple(value / 255 for value in found.mean_rgb) for found in facts.classes]
    bars = axes.barh(names, counts, color=colours, edgecolor="black", linewidth=0.6)
    axes.bar_label(bars, padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set(title="Images by class, in the class's mean colour", xlabel="images")
    return _as_uri(figure)


def crossing_figure(crossing: Crossing, codes: Sequence[str]) -> str:
    """How an attribute's groups share out within each class, as a data URI."""
    counts = np.array(crossing.counts, dtype=float)
    shares = counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    height = 1.6 + _INCHES_A_ROW * len(crossing.groups)
    figure = Figure(figsize=(7.2, height), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(visible=False)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=max(0.5, shares.max()), aspect="auto")
    axes.set_xticks(range(len(codes)), codes, rotation=30, ha="right", fontsize=8)
    axes.set_yticks(range(len(crossing.groups)), crossing.groups, fontsize=8)
    for row, column in np.ndindex(*shares.shape):
        axes.text(
            column,
            row,
            f"{shares[row, column]:.0%}",
            ha="center",
            va="center",
            fontsize=7,
            color="white" if shares[row, column] > shares.max() / 2 else "black",
        )
    axes.set(title=f"{crossing.attribute.capitalize()}: share of each class's images")
    return _as_uri(figure)


def associations_figure(facts: DataFacts) -> str:
    """Cramér's V of every pair as bars, as a data URI."""
    pairs = [f"{each.first} and {each.second}" for each in facts.associations]
    figure = Figure(figsize=(7.2, 1.2 + _INCHES_A_ROW * len(pairs)), layout="constrained")
    axes = figure.add_subplot()
    values = [each.cramers_v for each in facts.associations]
    bars = axes.barh(pairs, values, color=COLOURS[0])
    axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.set(title="What goes together", xlabel="Cramér's V", xlim=(0, 1.05))
    return _as_uri(figure)


def sizes_figure(facts: DataFacts) -> str:
    """Widths against heights, the area of a mark being its number of images, as a data URI."""
    figure = Figure(figsize=(5.2, 4.2), layout="constrained")
    axes = figure.add_subplot()
    sizes = [tuple(map(int, size.split(" x "))) for size in facts.sizes]
    counts = np.array(list(facts.sizes.values()), dtype=float)
    axes.scatter(
        [width for width, _ in sizes],
        [height for _, height in sizes],
        s=20 + 400 * counts / counts.max(),
        color=COLOURS[0],
        alpha=0.6,
    )
    axes.set(title="Image sizes", xlabel="width (px)", ylabel="height (px)")
    axes.margins(0.2)
    return _as_uri(figure)


def contact_sheet(rows: Sequence[tuple[str, Sequence[Path]]]) -> str:
    """A row of thumbnails a class, for the eyes of whoever holds the data, as a data URI."""
    across = max(len(paths) for _, paths in rows)
    step = _TILE_PX + _GAP_PX
    sheet = Image.new("RGB", (across * step, len(rows) * step), "white")
    for row, (_, paths) in enumerate(rows):
        for column, path in enumerate(paths):
            try:
                tile = ImageOps.contain(open_image(path), (_TILE_PX, _TILE_PX))
            except (LabelsUnreadable, OSError):
                # No picture, or a link to none.  The audit's part of the report counts it; here
                # its place stays white.
                continue
            sheet.paste(tile, (column * step, row * step))
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=85)
    return _data_uri("image/jpeg", file.getvalue())
