"""Random views of a training image: crop, symmetry, colour."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skinapp.training.degrade import degraded
from skinapp.training.recipe import Augmentation

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_TO_YIQ = np.array(
    [[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], dtype=np.float32
)
_FROM_YIQ = np.linalg.inv(_TO_YIQ).astype(np.float32)


def augmented_view(
    image: Image.Image, size_px: int, ranges: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One random view, ``(size_px, size_px, 3)`` uint8."""
    box = _random_box(image.size, ranges, rng)
    view = np.asarray(
        image.resize((size_px, size_px), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    )
    coloured = _recolour(_turn(view, ranges, rng), ranges, rng)
    return degraded(coloured, ranges.degradation, rng)


def _random_box(
    size_px: tuple[int, int], ranges: Augmentation, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """A crop of random area and aspect, as in Szegedy et al., CVPR 2015 ("Inception crop")."""
    width_px, height_px = size_px
    side_px = min(size_px)
    whole = width_px * height_px if ranges.crop_of == "frame" else side_px * side_px
    area = whole * rng.uniform(*ranges.crop_scale)
    aspect = math.exp(rng.uniform(*np.log(ranges.crop_ratio)))
    crop_width = min(math.sqrt(area * aspect), width_px)
    crop_height = min(math.sqrt(area / aspect), height_px)
    left = rng.uniform(0, width_px - crop_width)
    top = rng.uniform(0, height_px - crop_height)
    return left, top, left + crop_width, top + crop_height


def _turn(
    view: NDArray[np.uint8], ranges: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One of the eight symmetries of the square: a lesion has no up and no left."""
    flip, quarter_turns = int(rng.integers(2)), int(rng.integers(4))
    if ranges.flips and flip:
        view = view[:, ::-1]
    return np.rot90(view, quarter_turns) if ranges.right_angles else view


def _recolour(
    view: NDArray[np.uint8], ranges: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Tone curve, then brightness, contrast, saturation, hue and illuminant as one affine map."""
    brightness, contrast, saturation = (
        1 + rng.uniform(-spread, spread)
        for spread in (ranges.brightness, ranges.contrast, ranges.saturation)
    )
    angle = 2 * math.pi * rng.uniform(-ranges.hue, ranges.hue)
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]], dtype=np.float32)
    saturate = saturation * np.eye(3, dtype=np.float32) + (1 - saturation) * _LUMA[None, :]
    matrix = (brightness * contrast) * (_FROM_YIQ @ turn @ _TO_YIQ @ saturate)
    if ranges.illuminant:
        gains = 1 + rng.uniform(-ranges.illuminant, ranges.illuminant, size=(3, 1))
        matrix = (gains * matrix).astype(np.float32)
    if ranges.gamma:
        view = _tone_curve(math.exp(rng.uniform(-ranges.gamma, ranges.gamma)))[view]
    grey = float((view.reshape(-1, 3).mean(axis=0) * _LUMA).sum())
    offset = brightness * (1 - contrast) * grey
    coloured = view.astype(np.float32) @ matrix.T.astype(np.float32) + np.float32(offset)
    return np.asarray(np.clip(coloured, 0, 255), dtype=np.uint8)


def _tone_curve(exponent: float) -> NDArray[np.uint8]:
    """The 256 values that a power law maps each value to."""
    values = 255 * np.linspace(0, 1, 256) ** exponent
    return np.asarray(np.round(values), dtype=np.uint8)
