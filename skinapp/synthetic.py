"""Drawn dermoscopic lesions: for tests, demonstrations and the warm-up of the model.

Nothing here is taken from a photograph, so the pictures can be shown and shipped freely.  They
look the part (skin, border, pigment network, globules, blotches, vessels); they are no teaching
material and no training data.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Plane: TypeAlias = NDArray[np.float32]
Rng: TypeAlias = np.random.Generator

# Drawn at this size at most and enlarged from there: a 12-megapixel picture in a second.
_CANVAS_SIDE_PX = 1000


@dataclass(frozen=True, slots=True)
class _Canvas:
    """What a painter works on: colours (h, w, 3) from 0 to 1, and the lesion's geometry.

    ``depth`` is the distance from the border inwards in units of the lesion's radius (negative
    outside), ``inside`` the lesion's coverage from 0 to 1, ``x`` and ``y`` the coordinates from
    the lesion's centre in the same unit.
    """

    rgb: NDArray[np.float32]
    depth: Plane
    inside: Plane
    x: Plane
    y: Plane
    rng: Rng

    def noise(self, cells: float) -> Plane:
        """Smooth noise from -1 to 1 with so many cells along the longer side."""
        height_px, width_px = self.rgb.shape[:2]
        return _noise(self.rng, height_px, width_px, cells)

    def blend(self, colour: tuple[float, float, float], strength: Plane) -> None:
        """Lay a colour over the picture, ``strength`` from 0 to 1."""
        weight = np.clip(strength, 0.0, 1.0)[..., None]
        self.rgb[:] = self.rgb * (1 - weight) + np.asarray(colour, np.float32) * weight

    def spots(self, count: int, radius: float, spread: float) -> Plane:
        """Soft round spots, radius and spread in units of the lesion's radius."""
        found = np.zeros_like(self.depth)
        ragged = radius * 0.35 * self.noise(30)
        for _ in range(count):
            angle, far = self.rng.uniform(0, 2 * np.pi), spread * np.sqrt(self.rng.uniform())
            size = radius * self.rng.uniform(0.6, 1.4)
            away = np.hypot(self.x - far * np.cos(angle), self.y - far * np.sin(angle)) + ragged
            np.maximum(found, _step(away, size * 1.25, size * 0.5), out=found)
        return found


def _step(values: Plane, start: float, end: float) -> Plane:
    """Smooth step from 0 at ``start`` to 1 at ``end``."""
    t: Plane = np.clip((values - start) / (end - start), 0.0, 1.0).astype(np.float32)
    t *= t * (3 - 2 * t)
    return t


def _noise(rng: Rng, height_px: int, width_px: int, cells: float) -> Plane:
    scale = cells / max(height_px, width_px)
    rows, columns = max(2, round(height_px * scale)), max(2, round(width_px * scale))
    grid = Image.fromarray(rng.uniform(-1, 1, (rows, columns)).astype(np.float32))
    return np.asarray(grid.resize((width_px, height_px), Image.Resampling.BICUBIC), np.float32)


def _network(canvas: _Canvas, cells: float) -> Plane:
    """A honeycomb of thin lines, 0 to 1, warped so that no two meshes are alike."""
    x = (canvas.x + 0.12 * canvas.noise(10) + 0.03 * canvas.noise(28)) * cells
    y = (canvas.y + 0.12 * canvas.noise(10) + 0.03 * canvas.noise(28)) * cells
    waves = sum(np.cos(x * np.cos(a) + y * np.sin(a)) for a in np.deg2rad([0.0, 60.0, 120.0]))
    return _step(np.asarray(waves, np.float32) + 0.5 * canvas.noise(45), 0.4, -1.3)


def _paint_nevus(canvas: _Canvas) -> None:
    # Tan at the border, darker to the middle, with an even network that thins out at the edge.
    canvas.blend((0.62, 0.40, 0.27), 0.85 * canvas.inside)
    canvas.blend((0.40, 0.23, 0.15), 0.75 * _step(canvas.depth + 0.12 * canvas.noise(7), 0.1, 0.9))
    fading = canvas.inside * _step(canvas.depth, -0.02, 0.25)
    canvas.blend((0.27, 0.14, 0.09), 0.5 * fading * _network(canvas, 62))
    canvas.blend((0.24, 0.13, 0.09), 0.7 * canvas.inside * canvas.spots(14, 0.04, 0.6))


def _paint_melanoma(canvas: _Canvas) -> None:
    # Several colours in disorder: the chaos is what the eye is meant to catch.
    canvas.blend((0.50, 0.29, 0.19), 0.9 * canvas.inside)
    patches = canvas.noise(5)
    canvas.blend((0.20, 0.11, 0.09), canvas.inside * _step(patches, -0.1, 0.5))
    network = _network(canvas, 48) * _step(canvas.noise(4), -0.3, 0.3)
    canvas.blend((0.16, 0.08, 0.07), 0.7 * canvas.inside * network)
    veil = _step(canvas.noise(4) + 0.4 * canvas.x, 0.25, 0.75)
    canvas.blend((0.42, 0.46, 0.56), 0.75 * canvas.inside * veil)
    canvas.blend((0.72, 0.36, 0.34), 0.6 * canvas.inside * _step(canvas.noise(5), 0.4, 0.8))
    scar = _step(canvas.noise(6), 0.55, 0.9) * _step(canvas.depth, 0.1, 0.4)
    canvas.blend((0.86, 0.78, 0.74), 0.8 * canvas.inside * scar)
    globules = canvas.spots(26, 0.04, 1.0)
    canvas.blend((0.09, 0.05, 0.06), 0.85 * globules * _step(canvas.depth, -0.12, 0.0))


def _paint_keratosis(canvas: _Canvas) -> None:
    # Waxy, sharply bordered, with pale cysts and dark plugs.
    canvas.blend((0.66, 0.50, 0.34), 0.9 * canvas.inside)
    folds = _step(np.abs(canvas.noise(14)), 0.22, 0.0)
    canvas.blend((0.42, 0.28, 0.17), 0.6 * canvas.inside * folds)
    canvas.blend((0.50, 0.35, 0.22), 0.6 * canvas.inside * _step(canvas.noise(6), 0.0, 0.7))
    canvas.blend((0.22, 0.14, 0.09), 0.85 * canvas.inside * canvas.spots(16, 0.05, 0.8))
    canvas.blend((0.96, 0.90, 0.78), 0.85 * canvas.inside * canvas.spots(18, 0.035, 0.8))


def _paint_vascular(canvas: _Canvas) -> None:
    # Red to purple lakes, parted by pale bands.
    canvas.blend((0.84, 0.52, 0.50), 0.85 * canvas.inside)
    lakes = canvas.spots(34, 0.17, 0.85)
    canvas.blend((0.68, 0.13, 0.16), 0.9 * canvas.inside * lakes)
    dark = canvas.spots(12, 0.12, 0.7)
    canvas.blend((0.36, 0.07, 0.20), 0.85 * canvas.inside * dark)
    veil = _step(canvas.noise(5), 0.3, 0.9)
    canvas.blend((0.93, 0.84, 0.86), 0.4 * canvas.inside * veil)


@dataclass(frozen=True, slots=True)
class _Habit:
    """How a kind of lesion grows: border roughness and softness, size, and its painter."""

    roughness: float
    softness: float
    radius: float
    paint: Callable[[_Canvas], None]


_HABITS = {
    "nevus": _Habit(0.07, 0.20, 0.62, _paint_nevus),
    "melanoma": _Habit(0.17, 0.09, 0.68, _paint_melanoma),
    "keratosis": _Habit(0.11, 0.05, 0.64, _paint_keratosis),
    "vascular": _Habit(0.08, 0.06, 0.55, _paint_vascular),
}
KINDS: tuple[str, ...] = tuple(_HABITS)


def draw_lesion(
    kind: str = "nevus",
    *,
    seed: int = 0,
    width_px: int = 600,
    height_px: int = 450,
    hairs: bool = False,
    ruler: bool = False,
) -> Image.Image:
    """Draw a lesion; the same arguments give the same RGB picture.

    Raises ``ValueError`` for a kind that is not in :data:`KINDS`.
    """
    if kind not in _HABITS:
        raise ValueError(f"no lesion of kind {kind!r}; there are {', '.join(KINDS)}")
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    scale = min(1.0, _CANVAS_SIDE_PX / max(width_px, height_px))
    size = (max(2, round(width_px * scale)), max(2, round(height_px * scale)))
    canvas = _prepare(_HABITS[kind], rng, *size)
    _HABITS[kind].paint(canvas)
    _light(canvas)
    picture = Image.fromarray((np.clip(canvas.rgb, 0, 1) * 255).astype(np.uint8))
    if hairs:
        _draw_hairs(picture, rng)
    if ruler:
        _draw_ruler(picture)
    if scale < 1:
        picture = picture.resize((width_px, height_px), Image.Resampling.BICUBIC)
    return _add_grain(picture, rng)


def lesion_jpeg(
    kind: str = "nevus",
    *,
    seed: int = 0,
    width_px: int = 600,
    height_px: int = 450,
    hairs: bool = False,
    ruler: bool = False,
    quality: int = 90,
) -> bytes:
    """Draw the same lesion and return it as a JPEG file, ``quality`` from 1 to 95."""
    buffer = io.BytesIO()
    picture = draw_lesion(
        kind, seed=seed, width_px=width_px, height_px=height_px, hairs=hairs, ruler=ruler
    )
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _prepare(habit: _Habit, rng: Rng, width_px: int, height_px: int) -> _Canvas:
    """Bare skin, and where on it the lesion lies."""
    unit = habit.radius * min(width_px, height_px) / 2
    rows, columns = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    x = (columns - width_px * rng.uniform(0.46, 0.54)) / unit
    y = (rows - height_px * rng.uniform(0.46, 0.54)) / unit * rng.uniform(0.9, 1.25)
    angle = np.arctan2(y, x)
    border = np.ones_like(x)
    for lobes in range(2, 8):
        phase = rng.uniform(0, 2 * np.pi)
        border += habit.roughness * rng.normal() / lobes**0.7 * np.cos(lobes * angle + phase)
    border += 0.5 * habit.roughness * _noise(rng, height_px, width_px, 22)
    depth = (border - np.hypot(x, y)).astype(np.float32)
    inside = _step(depth, -habit.softness / 2, habit.softness)
    tone = np.array([0.86, 0.66, 0.57], np.float32) + rng.uniform(-0.04, 0.04, 3)
    rgb = np.empty((height_px, width_px, 3), np.float32)
    rgb[:] = tone
    canvas = _Canvas(rgb, depth, inside, x, y, rng)
    canvas.blend((0.80, 0.50, 0.44), 0.25 + 0.25 * canvas.noise(5))
    furrows = _step(np.abs(canvas.noise(38)), 0.1, 0.0)
    canvas.blend((0.72, 0.50, 0.42), 0.22 * furrows)
    return canvas


def _light(canvas: _Canvas) -> None:
    """Brighter in the middle than in the corners, as under a dermatoscope."""
    height_px, width_px = canvas.depth.shape
    rows, columns = np.mgrid[-1 : 1 : height_px * 1j, -1 : 1 : width_px * 1j].astype(np.float32)
    distance = np.hypot(rows * height_px, columns * width_px) / np.hypot(height_px, width_px)
    canvas.rgb[:] *= (1.04 - 0.38 * distance**3)[..., None]
    canvas.rgb[:] += 0.018 * canvas.noise(90)[..., None]


def _draw_hairs(picture: Image.Image, rng: Rng) -> None:
    """A handful of dark, gently bent hairs."""
    mask = Image.new("L", (picture.width * 2, picture.height * 2))
    draw = ImageDraw.Draw(mask)
    across = np.linspace(0, 1, 24)[:, None]
    for _ in range(rng.integers(6, 11)):
        start, end = rng.uniform(-0.1, 1.1, (2, 2)) * mask.size
        bend = (start + end) / 2 + rng.normal(0, 0.12, 2) * mask.size
        curve = (1 - across) ** 2 * start + 2 * across * (1 - across) * bend + across**2 * end
        width = max(1, round(max(mask.size) / 380 * rng.uniform(0.7, 1.5)))
        draw.line([(float(a), float(b)) for a, b in curve], fill=215, width=width, joint="curve")
    soft = mask.resize(picture.size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.4))
    picture.paste((38, 26, 22), mask=soft)


def _draw_ruler(picture: Image.Image) -> None:
    """Millimetre marks along the lower edge, a longer one every five."""
    draw = ImageDraw.Draw(picture)
    pitch = picture.width / 24
    for mark in range(25):
        length = picture.height * (0.07 if mark % 5 == 0 else 0.04)
        x = round(mark * pitch)
        draw.line([(x, picture.height - length), (x, picture.height)], fill=(30, 30, 34), width=2)


def _add_grain(picture: Image.Image, rng: Rng) -> Image.Image:
    """Sensor noise of about two grey levels, so that the file compresses like a photo."""
    pixels = np.asarray(picture, np.int16)
    grain = rng.normal(0, 2.2, (*pixels.shape[:2], 1)).astype(np.int16)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
