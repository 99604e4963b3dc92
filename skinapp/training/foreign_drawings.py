"""Drawn pictures that show no lesion: to choose and to check the refusal of foreign pictures.

Every kind is a function of a random generator; the same seed gives the same picture.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
Rng = np.random.Generator
Colour = tuple[int, int, int]

# Width and height in pixels: the size of the dermoscopic images at hand.
SIZE_PX = (448, 336)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FINISHED_DEPTH = 5


def _colour(rng: Rng, low: int = 0, high: int = 256) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue


def _words(rng: Rng, count: int) -> str:
    lengths = rng.integers(2, 10, count)
    return " ".join("".join(rng.choice(list(_LETTERS), n)) for n in lengths)


def _point(rng: Rng) -> tuple[int, int]:
    return int(rng.integers(SIZE_PX[0])), int(rng.integers(SIZE_PX[1]))


def _box(rng: Rng) -> tuple[int, int, int, int]:
    (x0, y0), (x1, y1) = _point(rng), _point(rng)
    return min(x0, x1), min(y0, y1), max(x0, x1) + 4, max(y0, y1) + 4


def _field(rng: Rng, cells: int, channels: int = 3) -> NDArray[np.float64]:
    """Smooth noise ``(h, w, channels)`` from 0 to 1 with so many cells along the width."""
    rows = max(2, cells * SIZE_PX[1] // SIZE_PX[0])
    planes = [
        Image.fromarray(rng.random((rows, cells)).astype(np.float32)).resize(
            SIZE_PX, Image.Resampling.BICUBIC
        )
        for _ in range(channels)
    ]
    return np.clip(np.stack([np.asarray(plane, np.float64) for plane in planes], axis=-1), 0, 1)


def _as_picture(values: NDArray[np.float64]) -> Picture:
    """Colours from 0 to 1 as bytes."""
    return np.asarray(np.clip(values * 255, 0, 255).astype(np.uint8))


def text_page(rng: Rng) -> Picture:
    """Lines of dark print on light paper."""
    image = Image.new("RGB", SIZE_PX, _colour(rng, 225, 256))
    draw = ImageDraw.Draw(image)
    size = int(rng.integers(10, 20))
    font, ink = ImageFont.load_default(size), _colour(rng, 0, 60)
    for y in range(int(rng.integers(5, 40)), SIZE_PX[1], round(size * rng.uniform(1.2, 1.7))):
        if rng.random() > 0.1:  # noqa: PLR2004 - one line in ten ends a paragraph
            draw.text((18, y), _words(rng, int(rng.integers(3, 11))), fill=ink, font=font)
    return np.asarray(image)


def screenshot(rng: Rng) -> Picture:
    """Windows with a title bar, panels, buttons and labels."""
    image = Image.new("RGB", SIZE_PX, _colour(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        x0, y0, x1, y1 = _box(rng)
        draw.rectangle((x0, y0, x1, y1), fill=_colour(rng, 215, 256), outline=_colour(rng, 90, 160))
        draw.rectangle((x0, y0, x1, min(y1, y0 + 16)), fill=_colour(rng))
        draw.text((x0 + 4, y0 + 1), _words(rng, 2), fill=(255, 255, 255))
        for y in range(y0 + 24, y1 - 14, 20):
            if rng.random() < 0.5:  # noqa: PLR2004 - as many buttons as labels
                draw.rounded_rectangle((x0 + 8, y, x0 + 60, y + 15), 4, fill=_colour(rng))
            draw.text((x0 + 70, y), _words(rng, 3), fill=(20, 20, 20))
    return np.asarray(image)


def shapes(rng: Rng) -> Picture:
    """Flat circles, boxes, triangles and lines, as in a drawing program."""
    image = Image.new("RGB", SIZE_PX, _colour(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(5, 25))):
        kind = rng.integers(4)
        if kind == 0:
            draw.ellipse(_box(rng), fill=_colour(rng))
        elif kind == 1:
            draw.rectangle(_box(rng), fill=_colour(rng))
        elif kind == 2:  # noqa: PLR2004 - the third kind
            draw.polygon([_point(rng) for _ in range(3)], fill=_colour(rng))
        else:
            draw.line([_point(rng), _point(rng)], fill=_colour(rng), width=int(rng.integers(1, 12)))
    return np.asarray(image)


def scribble(rng: Rng) -> Picture:
    """Lines of a pen on paper."""
    image = Image.new("RGB", SIZE_PX, _colour(rng, 215, 256))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(2, 7))):
        steps = rng.normal(0, 18, (int(rng.integers(20, 80)), 2)).cumsum(axis=0)
        path = steps + np.array(_point(rng))
        draw.line(
            [(float(x), float(y)) for x, y in path],
            fill=_colour(rng, 0, 140),
            width=3,
            joint="curve",
        )
    return np.asarray(image)


def chart(rng: Rng) -> Picture:
    """Bars or curves on white, with axes."""
    image = Image.new("RGB", SIZE_PX, (255, 255, 255))
    draw = ImageDraw.Draw(image)
    left, bottom = 40, SIZE_PX[1] - 30
    draw.line([(left, 15), (left, bottom), (SIZE_PX[0] - 10, bottom)], fill=(0, 0, 0), width=2)
    heights = rng.uniform(0.05, 0.95, int(rng.integers(5, 20))) * (bottom - 20)
    step = (SIZE_PX[0] - left - 20) / len(heights)
    tops = [(left + 10 + step * i, bottom - float(h)) for i, h in enumerate(heights)]
    if rng.random() < 0.5:  # noqa: PLR2004 - half of them
        for x, y in tops:
            draw.rectangle((x, y, x + step * 0.7, bottom), fill=_colour(rng, 0, 200))
    else:
        draw.line(tops, fill=_colour(rng, 0, 200), width=3)
    draw.text((left + 30, 2), _words(rng, 4), fill=(0, 0, 0))
    return np.asarray(image)


def gradient(rng: Rng) -> Picture:
    """From one colour to another, straight or from the middle outwards."""
    rows, columns = np.mgrid[-1 : 1 : SIZE_PX[1] * 1j, -1 : 1 : SIZE_PX[0] * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    straight = (rows * np.sin(angle) + columns * np.cos(angle)) / 2.83 + 0.5
    share = np.hypot(rows, columns) / np.sqrt(2) if rng.random() < 0.5 else straight  # noqa: PLR2004 - half
    return _as_picture(rng.random(3) * (1 - share[..., None]) + rng.random(3) * share[..., None])


def noise(rng: Rng) -> Picture:
    """Random pixels, fine or coarse, grey or coloured."""
    coarse = _field(rng, int(rng.integers(4, SIZE_PX[0])))
    return _as_picture(coarse if rng.random() < 0.6 else coarse[..., :1].repeat(3, axis=-1))  # noqa: PLR2004 - mostly coloured


def stripes(rng: Rng) -> Picture:
    """Stripes, checks and waves in two colours."""
    rows, columns = np.mgrid[0 : SIZE_PX[1], 0 : SIZE_PX[0]] / rng.uniform(3, 30)
    angle = rng.uniform(0, np.pi)
    wave = np.sin(rows * np.sin(angle) + columns * np.cos(angle))
    if rng.random() < 0.5:  # noqa: PLR2004 - half of them are checks
        wave = wave * np.sin(rows * np.cos(angle) - columns * np.sin(angle))
    share = (wave > 0)[..., None]
    return _as_picture(np.where(share, rng.random(3), rng.random(3)))


def bare_skin(rng: Rng) -> Picture:
    """Skin-coloured, slightly mottled, without a lesion."""
    dark = rng.uniform(0.3, 1.0)
    tone = np.array([0.88, 0.68, 0.58]) * dark + rng.uniform(-0.03, 0.03, 3)
    mottled = 0.06 * (_field(rng, 8, 1) - 0.5) + 0.03 * (_field(rng, 90, 1) - 0.5)
    return _as_picture(tone + mottled)


def blobs(rng: Rng) -> Picture:
    """Clouds of two colours with soft borders."""
    share = np.clip((_field(rng, int(rng.integers(3, 12)), 1) - 0.5) * 6 + 0.5, 0, 1)
    return _as_picture(rng.random(3) * share + rng.random(3) * (1 - share))


def mosaic(rng: Rng) -> Picture:
    """Flat boxes within boxes, as in abstract paintings."""
    image = Image.new("RGB", SIZE_PX)
    draw = ImageDraw.Draw(image)

    def split(box: tuple[int, int, int, int], depth: int) -> None:
        x0, y0, x1, y1 = box
        if depth == _FINISHED_DEPTH:
            draw.rectangle(box, fill=_colour(rng), outline=(0, 0, 0), width=2)
        elif x1 - x0 > y1 - y0:
            cut = int(x0 + (x1 - x0) * rng.uniform(0.3, 0.7))
            split((x0, y0, cut, y1), depth + 1)
            split((cut, y0, x1, y1), depth + 1)
        else:
            cut = int(y0 + (y1 - y0) * rng.uniform(0.3, 0.7))
            split((x0, y0, x1, cut), depth + 1)
            split((x0, cut, x1, y1), depth + 1)

    split((0, 0, *SIZE_PX), 0)
    return np.asarray(image)


def single_colour(rng: Rng) -> Picture:
    """One colour with the grain of a sensor, as with a lens cap or a wall."""
    grain = rng.normal(0, rng.uniform(0, 0.03), (SIZE_PX[1], SIZE_PX[0], 1))
    return _as_picture(rng.random(3) + grain)


DRAWN: dict[str, Callable[[Rng], Picture]] = {
    "text_page": text_page,
    "screenshot": screenshot,
    "shapes": shapes,
    "scribble": scribble,
    "chart": chart,
    "gradient": gradient,
    "noise": noise,
    "stripes": stripes,
    "bare_skin": bare_skin,
    "blobs": blobs,
    "mosaic": mosaic,
    "single_colour": single_colour,
}
