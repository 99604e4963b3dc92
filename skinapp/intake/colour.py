"""Whatever colours a file has, to 8-bit sRGB."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

# The largest printing profiles have 3 MB.
_MAX_PROFILE_BYTES = 4_000_000

# Cameras store 12 bits in 16 without scaling them up.
_FULL_SCALES = (255, 4095, 65535)

_STRIP_ROWS = 256

# What neighbours can be averaged in.  (Pillow has no conversion from premultiplied grey to RGBA in
# one step.)
_AVERAGED = {"1": "L", "P": "RGB", "La": "LA", "RGBa": "RGBA", "PA": "RGBA"}
_PROFILE_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}


def resamplable(image: Image.Image) -> Image.Image:
    """Give pixels a mode in which neighbours can be averaged: palette and key colour resolved.

    Deep grey becomes 8-bit grey here as well: with less memory from here on, and before shrinking
    makes an edge brighter than the brightest pixel, by which its full scale is known.
    """
    if image.mode in ("I", "F"):
        return _grey_from_numbers(image)
    if image.mode.startswith("I;16"):
        return _grey_from_16_bit(image)
    if "transparency" in image.info and image.mode in ("P", "L", "RGB"):
        return image.convert("RGBA")
    averaged = _AVERAGED.get(image.mode)
    return image.convert(averaged) if averaged else image


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return mode RGB in sRGB; ``profile`` is the ICC profile embedded in the file.

    ``image`` has been through :func:`resamplable`.  A profile that is broken, or that does not
    fit the pixels, is left aside, as browsers do.
    """
    if image.mode in ("RGBA", "LA"):
        image = _on_white(image)
    if profile and len(profile) <= _MAX_PROFILE_BYTES:
        image = _through_profile(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def _grey_from_16_bit(image: Image.Image) -> Image.Image:
    values = np.array(image)
    peak = int(values.max(initial=0))
    bits = next(scale.bit_length() for scale in _FULL_SCALES if peak <= scale)
    np.right_shift(values, bits - 8, out=values)
    return Image.fromarray(values.astype(np.uint8))


def _grey_from_numbers(image: Image.Image) -> Image.Image:
    """32-bit integers or floats, which say nothing about their full scale: take the next usual."""
    peak = max(float(strip.max(initial=0.0)) for _, strip in _number_strips(image))
    scales = (1, *_FULL_SCALES) if image.mode == "F" else _FULL_SCALES
    full_scale = next((scale for scale in scales if peak <= scale), peak)
    grey = np.empty((image.height, image.width), np.uint8)
    for top, strip in _number_strips(image):
        grey[top : top + len(strip)] = np.rint(strip * (255 / full_scale))
    return Image.fromarray(grey)


def _number_strips(image: Image.Image) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Rows ``(n, w)`` of numbers from 0 on, with the first one's place: all would fill memory."""
    for top in range(0, image.height, _STRIP_ROWS):
        rows = image.crop((0, top, image.width, min(top + _STRIP_ROWS, image.height)))
        values = np.nan_to_num(np.array(rows, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        yield top, np.maximum(values, 0.0, out=values)


def _on_white(image: Image.Image) -> Image.Image:
    """Lay what is transparent on white: the page on which the sender saw it."""
    opaque, alpha = "RGB" if image.mode == "RGBA" else "L", image.getchannel("A")
    # Some programs leave the fourth byte of a BMP empty, where others keep opacity.
    if not alpha.getextrema()[1]:
        return image.convert(opaque)
    page = Image.new(opaque, image.size, "white")
    page.paste(image.convert(opaque), mask=alpha)
    return page


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert with the embedded profile; return the image as it is where that can't be done."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if _PROFILE_SPACES.get(image.mode) != space:
            return image
        # Most photos are sRGB already, and the conversion would cost as much as the decoding.
        if space == "RGB" and (source.profile.profile_description or "").startswith("sRGB"):
            return image
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image
    return converted or image
