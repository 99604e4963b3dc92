"""Decoding a file of a data set, through the door that uploads come in by."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from skinapp.evaluation.score import read_photo


def open_image(path: Path) -> Image.Image:
    """Decode one file; upright, RGB.

    Raises :class:`~skinapp.evaluation.labels.LabelsUnreadable`, which names it, where it is no
    picture.
    """
    photo = read_photo(path)
    return Image.frombytes("RGB", (photo.width_px, photo.height_px), photo.rgb)
