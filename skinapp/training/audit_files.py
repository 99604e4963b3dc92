"""The audit's look into every file: its bytes, its size, its picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from skinapp.domain.errors import PhotoRefused, PhotoTooLarge
from skinapp.evaluation.image_files import read_image_file
from skinapp.evaluation.score import OFFLINE_LIMITS
from skinapp.intake.decode import decode_photo
from skinapp.training.fingerprint import THUMBNAIL_PX, Thumbnails, thumbnail


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file holds.

    An unreadable one has its ``fault`` and no size.  ``mean_rgb`` is from 0 to 255.
    """

    sha256: str
    size_bytes: int
    format: str = ""
    width_px: int = 0
    height_px: int = 0
    mean_rgb: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fault: str = ""


def look_into(paths: Sequence[Path]) -> tuple[list[FileFacts], Thumbnails]:
    """Facts and thumbnails ``(n, 64, 64)`` of files, by the door that uploads come in by.

    An unreadable file has an empty thumbnail, which is like nothing.
    """
    facts = []
    thumbnails = np.zeros((len(paths), THUMBNAIL_PX, THUMBNAIL_PX), dtype=np.uint8)
    for place, path in enumerate(tqdm(paths, unit="file", mininterval=1)):
        found, small = _look(path)
        facts.append(found)
        if small is not None:
            thumbnails[place] = small
    return facts, thumbnails


def _look(path: Path) -> tuple[FileFacts, NDArray[np.uint8] | None]:
    try:
        data = read_image_file(path, OFFLINE_LIMITS)
    except PhotoTooLarge as refusal:
        return FileFacts("", refusal.size_bytes, fault=type(refusal).__name__), None
    except OSError as error:
        return FileFacts("", 0, fault=error.strerror or type(error).__name__), None
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        photo = decode_photo(data, OFFLINE_LIMITS)
    except PhotoRefused as refusal:
        cause = f" ({type(refusal.__cause__).__name__})" if refusal.__cause__ else ""
        return FileFacts(sha256, len(data), fault=f"{type(refusal).__name__}{cause}"), None
    image = Image.frombytes("RGB", (photo.width_px, photo.height_px), photo.rgb)
    small = image.reduce(4) if min(image.size) > THUMBNAIL_PX else image
    red, green, blue = np.asarray(small).mean(axis=(0, 1))
    facts = FileFacts(
        sha256=sha256,
        size_bytes=len(data),
        format=photo.source_format,
        width_px=photo.source_width_px,
        height_px=photo.source_height_px,
        mean_rgb=(round(float(red), 2), round(float(green), 2), round(float(blue), 2)),
    )
    return facts, thumbnail(image)
