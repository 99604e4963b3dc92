"""Known disturbances of a dermoscopic image, each at growing strength.

After Maron et al., "A benchmark for neural network robustness in skin cancer classification",
Eur. J. Cancer 155:191 (2021), which asks the same of classifiers: what a careless hand, another
camera, hairs and rulers do must not change the diagnosis.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Pixels = NDArray[np.uint8]
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What it is called, in which unit its strengths are, and how it is done.

    ``apply`` takes an RGB image, a strength and a source of chance.  ``neutral`` is the strength
    that changes nothing.
    """

    name: str
    unit: str
    neutral: float
    strengths: tuple[float, ...]
    apply: Callable[[Image.Image, float, Random], Image.Image]


def disturbed(pixels: Pixels, disturbance: Disturbance, strength: float, seed: int) -> Pixels:
    """Disturb an image ``(h, w, 3)`` uint8; the size stays.  The same seed, the same picture."""
    rng = np.random.default_rng(seed)
    return np.asarray(disturbance.apply(Image.fromarray(pixels), strength, rng))


def _rotate(image: Image.Image, degrees: float, _rng: Random) -> Image.Image:
    """Turn about the centre; what comes in from outside mirrors the inside."""
    width, height = image.size
    around = max(width, height) // 2
    wide = np.pad(np.asarray(image), ((around, around), (around, around), (0, 0)), "reflect")
    turned = Image.fromarray(wide).rotate(degrees, Image.Resampling.BICUBIC)
    return turned.crop((around, around, around + width, around + height))


def _compress(image: Image.Image, quality: float, _rng: Random) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=round(quality))
    return Image.open(file, formats=["JPEG"]).convert("RGB")


def _blur(image: Image.Image, sigma: float, _rng: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(sigma / 100 * min(image.size)))


def _brighten(image: Image.Image, factor: float, _rng: Random) -> Image.Image:
    return _scaled(image, (factor, factor, factor))


def _tint(image: Image.Image, factor: float, _rng: Random) -> Image.Image:
    """Warmer light above 1, cooler light below: red up and blue down, green as it is."""
    return _scaled(image, (factor, 1.0, 1 / factor))


def _scaled(image: Image.Image, gains: tuple[float, float, float]) -> Image.Image:
    values = np.asarray(image).astype(np.float32) * np.array(gains, np.float32)
    return Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))


def _add_hairs(image: Image.Image, count: float, rng: Random) -> Image.Image:
    """Dark, slightly bent lines across the picture."""
    hairy = image.copy()
    pen = ImageDraw.Draw(hairy)
    width, height = image.size
    for _ in range(round(count)):
        start, bend, end = rng.uniform((0, 0), (width, height), size=(3, 2))
        share = np.linspace(0, 1, 24)[:, None]
        # A quadratic Bezier curve, with the bend drawn half-way towards the straight line.
        middle = (bend + (start + end) / 2) / 2
        curve = (1 - share) ** 2 * start + 2 * share * (1 - share) * middle + share**2 * end
        tone = int(rng.integers(15, 70))
        thickness = max(1, round(min(width, height) * rng.uniform(0.004, 0.01)))
        pen.line([(float(x), float(y)) for x, y in curve], (tone, tone // 2, tone // 3), thickness)
    return hairy


def _add_ruler(image: Image.Image, size: float, rng: Random) -> Image.Image:
    """Tick marks along one edge; the longest have ``size`` per cent of the shorter side."""
    marked = image.copy()
    pen = ImageDraw.Draw(marked)
    width, height = image.size
    along, across = (width, height) if rng.integers(2) else (height, width)
    longest = size / 100 * min(width, height)
    far = bool(rng.integers(2))
    for tick, place in enumerate(np.arange(0, along, along / 40)):
        length = longest if tick % 5 == 0 else longest / 2
        ends = [(place, across - length if far else 0), (place, across if far else length)]
        pen.line([(x, y) if along == width else (y, x) for x, y in ends], (20, 20, 20), 2)
    return marked


DISTURBANCES: Mapping[str, Disturbance] = {
    each.name: each
    for each in (
        Disturbance("rotation", "degrees", 0, (10, 30, 45, 90), _rotate),
        Disturbance("compression", "JPEG quality", 100, (70, 50, 30, 15), _compress),
        Disturbance("blur", "sigma, % of the shorter side", 0, (0.25, 0.5, 1.0, 1.5), _blur),
        Disturbance("brightness", "factor", 1, (0.6, 0.8, 1.2, 1.4), _brighten),
        Disturbance("white balance", "red gain, blue inverse", 1, (0.8, 0.9, 1.1, 1.25), _tint),
        Disturbance("hairs", "lines", 0, (5, 10, 20, 40), _add_hairs),
        Disturbance("ruler marks", "length, % of the shorter side", 0, (5, 10, 15), _add_ruler),
    )
}
