"""What the accepted formats are called, for people and for file pickers."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.intake.formats import ACCEPTED


@dataclass(frozen=True, slots=True)
class _FormatWords:
    name: str
    # Extensions beside types: many systems know no type for HEIC.
    accept: tuple[str, ...]


_WORDS: dict[str, _FormatWords] = {
    "JPEG": _FormatWords("JPEG", ("image/jpeg", ".jpg", ".jpeg")),
    "PNG": _FormatWords("PNG", ("image/png", ".png")),
    "WEBP": _FormatWords("WebP", ("image/webp", ".webp")),
    "TIFF": _FormatWords("TIFF", ("image/tiff", ".tif", ".tiff")),
    "BMP": _FormatWords("BMP", ("image/bmp", ".bmp")),
    "HEIF": _FormatWords("HEIC", ("image/heic", "image/heif", ".heic", ".heif")),
}


def accepted_names() -> str:
    """Return the formats that the door lets in, as in "JPEG, PNG or HEIC"."""
    *others, last = (_WORDS[name].name for name in ACCEPTED)
    return f"{', '.join(others)} or {last}"


def accept_attribute() -> str:
    """Return the types and extensions for a file picker's ``accept``."""
    return ",".join(item for name in ACCEPTED for item in _WORDS[name].accept)
