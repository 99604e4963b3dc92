"""The activation map as a picture to be laid over the photo."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from skinapp.domain.photo import Photo
from skinapp.domain.prediction import ActivationMap

# A map has some ten values a side: more pixels show no more, and take longer to compress.
_LONGER_SIDE_PX = 320
# Half transparent at most, so that the lesion can be seen through the strongest evidence.
_MAX_ALPHA = 0.62
# Faint values say nothing and would only veil the skin.
_FADE_IN = (0.15, 0.75)

# From blue-violet over magenta and orange to yellow: lightness rises steadily, so the order
# survives colour blindness and grey print, and no step looks like skin or pigment.
_RAMP_AT = (0.0, 0.25, 0.5, 0.75, 1.0)
_RAMP = np.array(
    [(40, 11, 84), (126, 3, 168), (204, 71, 120), (248, 149, 64), (252, 253, 191)], np.float32
)
# The faintest steps are transparent; two of them carry the outline of the square instead.
_NOTHING, _OUTLINE, _OUTLINE_SHADE = 0, 1, 2
_OUTLINE_COLOURS = ((255, 255, 255, 170), (0, 0, 0, 110))


def draw_overlay(activation: ActivationMap, photo: Photo) -> bytes:
    """Draw the map to be laid over a photo; see :func:`draw_map`."""
    return draw_map(activation, photo.width_px, photo.height_px)


def draw_map(activation: ActivationMap, photo_width_px: int, photo_height_px: int) -> bytes:
    """Draw the map as a PNG with transparency, 320 px on the longer side, shaped like the photo.

    The network is shown the centre square of the photo, so the map is laid there; outside it the
    picture is transparent, and a thin line marks the square where it is not the whole photo.
    It is a palette picture, since its colours are a table of 256 anyway: written in a fifth of the
    time that four channels take, and half as large.
    """
    scale = _LONGER_SIDE_PX / max(photo_width_px, photo_height_px)
    width_px = max(1, round(photo_width_px * scale))
    height_px = max(1, round(photo_height_px * scale))
    side_px = min(width_px, height_px)
    left, top = (width_px - side_px) // 2, (height_px - side_px) // 2
    overlay = Image.new("P", (width_px, height_px), _NOTHING)
    overlay.putpalette(_TABLE[:, :3].tobytes())
    overlay.paste(Image.fromarray(_enlarged(activation, side_px)), (left, top))
    if photo_width_px != photo_height_px:
        _outline(overlay, (left, top, left + side_px - 1, top + side_px - 1))
    buffer = io.BytesIO()
    overlay.save(buffer, "PNG", compress_level=3, transparency=_TABLE[:, 3].tobytes())
    return buffer.getvalue()


def ramp(steps: int) -> tuple[tuple[str, float], ...]:
    """The map's colours from 0 to 1, as ``#rrggbb`` and opacity (0 to 1), for a legend."""
    rows = (_TABLE[round(255 * step / (steps - 1))] for step in range(steps))
    return tuple(
        (f"#{red:02x}{green:02x}{blue:02x}", alpha / 255) for red, green, blue, alpha in rows
    )


def _enlarged(activation: ActivationMap, side_px: int) -> NDArray[np.uint8]:
    """The map, smooth, in steps from 0 to 255; what would be transparent is ``_NOTHING``."""
    values = np.array(activation.values, np.float32).reshape(activation.rows, activation.columns)
    smooth = Image.fromarray(values).resize((side_px, side_px), Image.Resampling.BICUBIC)
    # Bicubic overshoots a little beside steep edges.
    steps: NDArray[np.uint8] = np.rint(np.clip(np.asarray(smooth), 0, 1) * 255).astype(np.uint8)
    steps[steps < _FIRST_VISIBLE] = _NOTHING
    return steps


def _table() -> NDArray[np.uint8]:
    """RGBA of the 256 steps from 0 to 1, more opaque where they are higher."""
    steps = np.linspace(0, 1, 256)
    low, high = _FADE_IN
    t = np.clip((steps - low) / (high - low), 0.0, 1.0)
    channels = [np.interp(steps, _RAMP_AT, _RAMP[:, channel]) for channel in range(3)]
    table = np.rint(np.stack([*channels, 255 * _MAX_ALPHA * t * t * (3 - 2 * t)], axis=1))
    table[table[:, 3] == 0] = 0
    table[[_OUTLINE, _OUTLINE_SHADE]] = _OUTLINE_COLOURS
    return table.astype(np.uint8)


_TABLE = _table()
_FIRST_VISIBLE = int(_FADE_IN[0] * 255)


def _outline(overlay: Image.Image, square: tuple[int, int, int, int]) -> None:
    """A light line with a dark one beside it can be seen on any skin."""
    draw = ImageDraw.Draw(overlay)
    left, top, right, bottom = square
    draw.rectangle(square, outline=_OUTLINE)
    draw.rectangle((left + 1, top + 1, right - 1, bottom - 1), outline=_OUTLINE_SHADE)
