"""Random damage to a training view, as other cameras, archives and hands do it.

A network that has seen one clinic's sharp, lightly compressed images only may take sharpness or
compression for a sign of disease; what varies at random can't be relied on.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from skinapp.training.recipe import Degradation

View = NDArray[np.uint8]

_ERASED_ASPECT = (0.4, 2.5)


def degraded(view: View, ranges: Degradation, rng: np.random.Generator) -> View:
    """Blur, compress and partly erase a view ``(s, s, 3)``, each with its own probability."""
    # All numbers are drawn whether used or not, so that one range does not move another's draws.
    chances, amounts = rng.random(3), rng.random(2)
    if chances[0] < ranges.blur_chance:
        sigma_px = float(amounts[0]) * ranges.blur_share * view.shape[0]
        view = np.asarray(Image.fromarray(view).filter(ImageFilter.GaussianBlur(sigma_px)))
    if chances[1] < ranges.compression_chance:
        low, high = ranges.compression_quality
        view = _compressed(view, round(low + amounts[1] * (high - low)))
    if chances[2] < ranges.erase_chance:
        view = _erased(view, ranges, rng)
    return view


def _compressed(view: View, quality: int) -> View:
    file = io.BytesIO()
    Image.fromarray(view).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file, formats=["JPEG"]))


def _erased(view: View, ranges: Degradation, rng: np.random.Generator) -> View:
    """One rectangle in the view's mean colour (Zhong et al., "Random erasing", AAAI 2020)."""
    side_px = view.shape[0]
    area_px = rng.uniform(*ranges.erase_area) * side_px * side_px
    aspect = np.exp(rng.uniform(*np.log(_ERASED_ASPECT)))
    width = min(side_px, max(1, round(np.sqrt(area_px * aspect))))
    height = min(side_px, max(1, round(np.sqrt(area_px / aspect))))
    left, top = rng.integers(side_px - width + 1), rng.integers(side_px - height + 1)
    erased = view.copy()
    erased[top : top + height, left : left + width] = view.mean(axis=(0, 1))
    return erased
