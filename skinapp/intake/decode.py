"""Bytes to Photo: the one way in."""

from __future__ import annotations

import io
import math
import struct
from contextlib import nullcontext
from threading import Semaphore

import numpy as np
from PIL import ExifTags, Image, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from skinapp.domain.errors import (
    PhotoColoursLost,
    PhotoDamaged,
    PhotoEmpty,
    PhotoHasSeveralFrames,
    PhotoRefused,
    PhotoTooLarge,
    PhotoTooNarrow,
    PhotoTooSmall,
)
from skinapp.domain.photo import Photo, PhotoLimits
from skinapp.intake.bombs import MAX_EXIF_BYTES, check_cheap_to_open, check_pixels
from skinapp.intake.colour import resamplable, to_srgb
from skinapp.intake.formats import SAME_AS, sniff
from skinapp.intake.primaries import check_dynamic_range, from_primaries

# A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size for a fraction of the time.  The smallest
# of these is taken that keeps 3/5 of the side that may be kept (of 12 megapixels: 1000 of 1600
# pixels), and the shorter side well above what a network is shown.
_LEAST_KEPT_SHARE = 0.6
_AMPLE_SHORT_SIDE_PX = 512

_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262
_BYTE_BITS = 8
# What 12 bits fill of the upper one of two bytes.
_LEAST_OF_12_IN_16 = 16

# Photos longer than this times their width are strips, of which nothing is left when shrunk.
_MAX_ASPECT = 8

# Above this size one decoding at a time: in parallel they could take a gigabyte each.
_LARGE_PIXELS = 16_000_000
_large_decodes = Semaphore(1)

# These plugins turn the picture themselves while they load.  (HEIF has its own rotation, and its
# EXIF orientation does not count.)
_TURNED_BY_DECODER = {"TIFF", "HEIF"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {5, 6, 7, 8}


def decode_photo(data: bytes, limits: PhotoLimits) -> Photo:
    """Decode an upload: upright, sRGB, at most ``limits.kept_side_px`` on the longer side.

    Raises a :class:`~skinapp.domain.errors.PhotoRefused` where the bytes are no usable photo:
    PhotoEmpty, PhotoTooLarge, PhotoFormatUnknown, PhotoDamaged, PhotoTooSmall,
    PhotoTooNarrow, PhotoTooManyPixels or PhotoHasSeveralFrames.
    """
    if not data:
        raise PhotoEmpty
    if len(data) > limits.max_upload_bytes:
        raise PhotoTooLarge(size_bytes=len(data), maximum_bytes=limits.max_upload_bytes)
    format_name = sniff(data)
    try:
        return _decode(data, format_name, limits)
    except PhotoRefused:
        raise
    except Exception as error:
        # Decoders raise whatever a broken file makes them trip over: OSError and SyntaxError,
        # but also struct.error, KeyError, AssertionError, MemoryError.  The list is never whole.
        raise PhotoDamaged from error


def _decode(data: bytes, format_name: str, limits: PhotoLimits) -> Photo:
    check_cheap_to_open(data, format_name, limits)
    with Image.open(io.BytesIO(data), formats=[format_name]) as image:
        check_pixels(*image.size, limits)
        if getattr(image, "is_animated", False) and image.format not in SAME_AS:
            raise PhotoHasSeveralFrames
        large = image.width * image.height > _LARGE_PIXELS
        with _large_decodes if large else nullcontext():
            # A PNG is decoded when its orientation is asked for, so this stands inside as well.
            orientation = 1 if format_name in _TURNED_BY_DECODER else _orientation(image)
            source = _turned(image.size, orientation)
            _check_shape(source, limits.min_side_px)
            profile, negative = image.info.get("icc_profile"), _is_deep_negative(image)
            nclx = image.info.get("nclx_profile")
            check_dynamic_range(nclx)
            small = _load_shrunk(image, limits)
    rgb = to_srgb(small, profile)
    if nclx and not profile:
        rgb = from_primaries(rgb, nclx)
    if negative:
        rgb = ImageOps.invert(rgb)
    if orientation in _TURNS:
        rgb = rgb.transpose(_TURNS[orientation])
    return Photo(
        rgb=rgb.tobytes(),
        width_px=rgb.width,
        height_px=rgb.height,
        source_width_px=source[0],
        source_height_px=source[1],
        source_format=format_name,
    )


def _is_deep_negative(image: Image.Image) -> bool:
    """Whether a TIFF stores white as 0 in more than 8 bits, which Pillow leaves as it is."""
    if not isinstance(image, TiffImageFile) or not image.mode.startswith("I"):
        return False
    return bool(image.tag_v2.get(_TIFF_PHOTOMETRIC) == 0)


def _refuse_lost_colours(image: Image.Image) -> None:
    """Raise PhotoColoursLost for 12 bits stored in 16 without being scaled up.

    Of grey all 16 bits are read; of colours Pillow keeps the upper eight.
    """
    if not isinstance(image, TiffImageFile) or not image.mode.startswith("RGB"):
        return
    if max(image.tag_v2.get(_TIFF_BITS, (8,))) <= _BYTE_BITS:
        return
    brightest = max(int(np.asarray(image.getchannel(name)).max()) for name in "RGB")
    if 0 < brightest < _LEAST_OF_12_IN_16:
        raise PhotoColoursLost


def _load_shrunk(image: Image.Image, limits: PhotoLimits) -> Image.Image:
    """Decode, at a reduced scale where the format can, and shrink to the size that is kept."""
    kept = _kept_size(image.size, limits)
    image.draft(image.mode, _draft_size(image.size, limits))
    image.load()
    # Some headers lie; what counts is what came out.
    check_pixels(*image.size, limits)
    _refuse_lost_colours(image)
    if max(image.size) <= max(kept):
        return resamplable(image)
    return resamplable(image).resize(kept, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _kept_size(size: tuple[int, int], limits: PhotoLimits) -> tuple[int, int]:
    scale = min(1.0, limits.kept_side_px / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _draft_size(size: tuple[int, int], limits: PhotoLimits) -> tuple[int, int]:
    """The least size that decoding at a reduced scale has to leave."""
    enough = max(
        limits.kept_side_px * _LEAST_KEPT_SHARE / max(size), _AMPLE_SHORT_SIDE_PX / min(size)
    )
    return math.ceil(size[0] * enough), math.ceil(size[1] * enough)


def _check_shape(size: tuple[int, int], minimum_px: int) -> None:
    width_px, height_px = size
    if min(size) < minimum_px:
        raise PhotoTooSmall(width_px=width_px, height_px=height_px, minimum_px=minimum_px)
    if max(size) > _MAX_ASPECT * min(size):
        raise PhotoTooNarrow(width_px=width_px, height_px=height_px, maximum_aspect=_MAX_ASPECT)


def _turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation in _SIDEWAYS else size


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; metadata that is unreadable or out of all size is upright."""
    if len(image.info.get("exif", b"")) > MAX_EXIF_BYTES:
        return 1
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return 1
