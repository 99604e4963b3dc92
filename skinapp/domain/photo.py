"""A photo after the door: decoded, upright, without metadata."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Photo:
    """Decoded sRGB pixels.

    ``rgb`` holds ``height_px * width_px * 3`` bytes, rows from the top, channels interleaved.
    ``source_width_px`` and ``source_height_px`` are the upright size of the upload, which may
    have been decoded at a reduced scale.
    """

    rgb: bytes
    width_px: int
    height_px: int
    source_width_px: int
    source_height_px: int
    source_format: str

    def __post_init__(self) -> None:
        expected = self.width_px * self.height_px * 3
        if len(self.rgb) != expected:
            raise ValueError(f"{len(self.rgb)} bytes of pixels, expected {expected}")


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What the door lets in, and how large a photo is kept."""

    max_upload_bytes: int
    max_megapixels: float
    min_side_px: int
    kept_side_px: int
