"""Decoding a file of a data set, through the door that uploads come in by."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from skinapp.evaluation.score import OFFLINE_LIMITS
from skinapp.intake.decode import decode_photo


def open_image(path: Path) -> Image.Image:
    """Decode one file; upright, RGB."""
    photo = decode_photo(path.read_bytes(), OFFLINE_LIMITS)
    return Image.frombytes("RGB", (photo.width_px, photo.height_px), photo.rgb)
