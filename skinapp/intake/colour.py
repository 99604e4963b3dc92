"""Whatever colours a file has, to 8-bit sRGB."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

# The largest printing profiles have 3 MB.
_MAX_PROFILE_BYTES = 4_000_000

# Cameras store 12 bits in 16 without scaling them up.
_FULL_SCALES = (255, 4095, 65535)

# Pillow has no conversion from premultiplied grey to RGBA in one step.
_STRAIGHT_ALPHA = {"La": "LA", "RGBa": "RGBA", "PA": "RGBA"}
_PROFILE_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}


def resamplable(image: Image.Image) -> Image.Image:
    """Give pixels a mode in which neighbours can be averaged: palette and key colour resolved.

    16-bit grey becomes 8-bit grey here as well, with half the memory from here on.
    """
    if image.mode.startswith("I;16"):
        return _grey_from_16_bit(image)
    if image.mode == "1":
        return image.convert("L")
    if "transparency" in image.info and image.mode in ("P", "L", "RGB"):
        return image.convert("RGBA")
    if image.mode == "P":
        return image.convert("RGB")
    if image.mode in _STRAIGHT_ALPHA:
        return image.convert(_STRAIGHT_ALPHA[image.mode])
    return image


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return mode RGB in sRGB; ``profile`` is the ICC profile embedded in the file.

    ``image`` has been through :func:`resamplable`.  A profile that is broken, or that does not
    fit the pixels, is left aside, as browsers do.
    """
    if image.mode in ("I", "F"):
        image = _grey_from_numbers(image)
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
    values = np.nan_to_num(np.array(image, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    np.maximum(values, 0.0, out=values)
    peak = float(values.max(initial=0.0))
    scales = (1, *_FULL_SCALES) if image.mode == "F" else _FULL_SCALES
    full_scale = next((scale for scale in scales if peak <= scale), peak)
    return Image.fromarray(np.rint(values * (255 / full_scale)).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    """Lay what is transparent on white: the page on which the sender saw it."""
    opaque = "RGB" if image.mode == "RGBA" else "L"
    page = Image.new(opaque, image.size, "white")
    page.paste(image.convert(opaque), mask=image.getchannel("A"))
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
