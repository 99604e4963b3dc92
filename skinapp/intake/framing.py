"""How the lesion lies in the picture, where that can be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

# At this size a median over three pixels is wider than hairs and ruler marks.
_SIDE_PX = 96
_MEDIAN_PX = 3
# Share of the variance that lies between lesion and skin (Otsu's criterion), and their distance
# in grey levels.  Below either, two halves of plain skin would pass for lesion and skin.
_LEAST_SEPARATION = 0.72
_LEAST_CONTRAST = 35.0
# A dermatoscope's round window leaves black corners, which pass for a lesion.
_BLACK = 60.0
_CORNER_SHARE = 0.06
# A lesion that covers more than this leaves too little skin to tell the two apart.
_MOST_LESION_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Framing:
    """Shares from 0 to 1: of the picture, and of the picture's side where the lesion's is most."""

    lesion_share: float
    side_share: float


def measure_framing(rgb: NDArray[np.float32]) -> Framing | None:
    """Find the lesion in ``(h, w, 3)`` pixels from 0 to 255; None where it does not stand out."""
    green = _smoothed_green(rgb)
    if _has_black_corners(green):
        return None
    threshold, separation = _otsu(green)
    lesion = green < threshold
    share = float(lesion.mean())
    if not 0 < share < _MOST_LESION_SHARE or separation < _LEAST_SEPARATION:
        return None
    contrast = float(green[~lesion].mean() - green[lesion].mean())
    if contrast < _LEAST_CONTRAST:
        return None
    # Skin in the shade of a vignette falls just below the threshold; the lesion's core does not.
    core = green < (threshold + float(green[lesion].mean())) / 2
    return Framing(lesion_share=share, side_share=_most_covered_side(core))


def _smoothed_green(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    # Melanin and blood both absorb green; red shows pigment only, blue mostly noise.
    image = Image.fromarray(rgb[..., 1].astype(np.uint8))
    image.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.BILINEAR)
    return np.asarray(image.filter(ImageFilter.MedianFilter(_MEDIAN_PX)), np.float32)


def _has_black_corners(green: NDArray[np.float32]) -> bool:
    rows = max(1, round(green.shape[0] * _CORNER_SHARE))
    columns = max(1, round(green.shape[1] * _CORNER_SHARE))
    tops, bottoms = green[:rows], green[-rows:]
    corners = (
        tops[:, :columns],
        tops[:, -columns:],
        bottoms[:, :columns],
        bottoms[:, -columns:],
    )
    return any(corner.mean() < _BLACK for corner in corners)


def _otsu(values: NDArray[np.float32]) -> tuple[float, float]:
    """The threshold that parts values best, and the share of their variance it explains."""
    counts = np.bincount(values.astype(np.int64).ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256)
    below = np.cumsum(counts)
    sum_below = np.cumsum(counts * levels)
    total, mean = below[-1], sum_below[-1] / below[-1]
    variance = np.sum(counts * (levels - mean) ** 2) / total
    if variance == 0:
        return 0.0, 0.0
    weight = below / total
    spread = weight * (1 - weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.where(spread > 0, (mean * weight - sum_below / total) ** 2 / spread, 0.0)
    best = int(np.argmax(between))
    return best + 1.0, float(between[best] / variance)


def _most_covered_side(core: NDArray[np.bool_]) -> float:
    """Longest unbroken stretch of lesion along a side, as a share of that side."""
    edges = (core[:2].T, core[-2:].T, core[:, :2], core[:, -2:])
    return max(_longest_run(edge[:, 0] | edge[:, 1]) / len(edge) for edge in edges)


def _longest_run(marks: NDArray[np.bool_]) -> int:
    gaps = np.flatnonzero(~np.concatenate(([False], marks, [False])))
    return int(np.diff(gaps).max()) - 1
