"""Photos in every format, for the tests of the door."""

from __future__ import annotations

import functools
import io
from typing import Any

from PIL import Image

import skinapp.intake.formats  # noqa: F401  teaches Pillow to write HEIF
from skinapp.domain.photo import PhotoLimits
from skinapp.synthetic import draw_lesion

LIMITS = PhotoLimits(
    max_upload_bytes=25_000_000, max_megapixels=64, min_side_px=128, kept_side_px=1600
)
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "HEIF")


@functools.cache
def a_lesion(width_px: int = 320, height_px: int = 240) -> Image.Image:
    return draw_lesion("melanoma", seed=1, width_px=width_px, height_px=height_px)


def as_file(image: Image.Image, format_name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    # A copy: saving leaves its settings on the image, which others may be saving at the same time.
    image.copy().save(buffer, format_name, **options)
    return buffer.getvalue()


@functools.cache
def a_file(format_name: str) -> bytes:
    return as_file(a_lesion(), format_name)


# How a camera stores a picture that is shown upright after each EXIF orientation; 1 is upright.
_HELD = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def held_for(upright, orientation):
    """The pixels that a file with this orientation holds of an upright picture."""
    return upright.transpose(_HELD[orientation]) if orientation in _HELD else upright
