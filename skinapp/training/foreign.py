"""Pictures that are no dermoscopic images, by kind: drawn, from samples, from a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skinapp.evaluation.tables import read_table
from skinapp.training.foreign_drawings import DRAWN, Picture, Rng
from skinapp.training.open_image import open_image

EACH = 12
# Sample photographs that come with scikit-image, all in its wheel, by kind.
_PHOTOGRAPHS: dict[str, tuple[str, ...]] = {
    "person": ("astronaut",),
    "cameraman": ("camera",),
    "cat": ("cat",),
    "coffee_cup": ("coffee",),
    "coins": ("coins",),
    "brick_wall": ("brick",),
    "grass": ("grass",),
    "gravel": ("gravel",),
    "stars": ("hubble_deep_field",),
    "tissue_section": ("immunohistochemistry",),
    "moon": ("moon",),
    "scanned_page": ("page", "text"),
    "eye_ground": ("retina",),
    "rocket": ("rocket",),
    "silhouette": ("horse",),
    "cell": ("cell",),
    "head_scan": ("shepp_logan_phantom",),
    "colour_circle": ("colorwheel",),
}


@dataclass(frozen=True, slots=True)
class ForeignPicture:
    """A picture that shows no lesion, and its kind."""

    kind: str
    pixels: Picture


def drawn(seed: int, each: int = EACH) -> list[ForeignPicture]:
    """So many pictures of every drawn kind."""
    return [
        ForeignPicture(kind, paint(np.random.default_rng([seed, place, number])))
        for place, (kind, paint) in enumerate(DRAWN.items())
        for number in range(each)
    ]


def photographs(seed: int, each: int = EACH) -> list[ForeignPicture]:
    """So many random crops of the sample photographs of scikit-image and scikit-learn.

    Both are needed for fitting only; raises :class:`ImportError` where they are not installed.
    """
    from skimage import data as samples  # noqa: PLC0415 - a requirement of fitting only
    from sklearn.datasets import load_sample_images  # noqa: PLC0415 - likewise

    pictures = {
        kind: [_as_rgb(np.asarray(getattr(samples, name)())) for name in names]
        for kind, names in _PHOTOGRAPHS.items()
    }
    temple, flower = load_sample_images().images
    pictures |= {"temple": [temple], "flower": [flower]}
    faces = np.asarray(getattr(samples, "lfw_subset")())  # noqa: B009 - it ships no types
    pictures["faces"] = [_as_rgb(face) for face in faces[:each]]
    rng = np.random.default_rng([seed, len(DRAWN)])
    return [
        ForeignPicture(kind, _crop(several[number % len(several)], rng))
        for kind, several in pictures.items()
        for number in range(each)
    ]


def in_folder(folder: Path) -> list[ForeignPicture]:
    """The pictures of a folder with ``sources.csv`` (columns ``file`` and ``category``).

    Raises :class:`~skinapp.evaluation.tables.LabelsUnreadable` for a table that isn't so.
    """
    return [ForeignPicture(kind, np.asarray(open_image(path))) for kind, path in files_in(folder)]


def files_in(folder: Path) -> list[tuple[str, Path]]:
    """Kind and file of every picture of such a folder, unread."""
    rows = read_table(folder / "sources.csv", "file", "category")
    return [(row["category"], folder / "images" / row["file"]) for row in rows]


def kinds_apart(kinds: Iterable[str], seed: int) -> tuple[frozenset[str], frozenset[str]]:
    """Divide kinds into halves: to choose with, and for the final figure.

    The order is that of a hash, so a kind falls on the same side on every machine.
    """
    ordered = sorted(
        set(kinds), key=lambda kind: hashlib.sha256(f"{seed}:{kind}".encode()).hexdigest()
    )
    half = (len(ordered) + 1) // 2
    return frozenset(ordered[:half]), frozenset(ordered[half:])


def _as_rgb(values: NDArray[Any]) -> Picture:
    """Make three channels of bytes of a sample in whatever form it comes."""
    if values.dtype == np.bool_ or values.dtype.kind == "f":
        values = (values.astype(np.float64) / max(float(values.max()), 1e-9) * 255).astype(np.uint8)
    if values.ndim == 2:  # noqa: PLR2004 - grey
        values = np.repeat(values[..., None], 3, axis=-1)
    return np.asarray(values[..., :3], np.uint8)


def _crop(picture: Picture, rng: Rng) -> Picture:
    """Cut a random square, half of them mirrored, and scale it to 336 px."""
    height_px, width_px = picture.shape[:2]
    side_px = int(min(height_px, width_px) * rng.uniform(0.45, 1.0))
    top = int(rng.integers(height_px - side_px + 1))
    left = int(rng.integers(width_px - side_px + 1))
    cut = picture[top : top + side_px, left : left + side_px]
    if rng.random() < 0.5:  # noqa: PLR2004 - half the time
        cut = cut[:, ::-1]
    scaled = Image.fromarray(np.ascontiguousarray(cut)).resize((336, 336), Image.Resampling.BICUBIC)
    return np.asarray(scaled)
