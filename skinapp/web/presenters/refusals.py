"""The words for every refused photo; their only home."""

from __future__ import annotations

from math import ceil

from skinapp.domain.errors import (
    PhotoColoursLost,
    PhotoDamaged,
    PhotoEmpty,
    PhotoFormatUnknown,
    PhotoHasSeveralFrames,
    PhotoHighDynamicRange,
    PhotoMissing,
    PhotoRefused,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooNarrow,
    PhotoTooSmall,
    QuotaReached,
    SeveralPhotos,
)
from skinapp.web.presenters.formats import accepted_names

_MEGABYTE = 1_000_000
UNKNOWN_REFUSAL = "This photo can’t be assessed. Choose another one."

_PLAIN: dict[type[PhotoRefused], str] = {
    PhotoMissing: "Choose a photo of the lesion.",
    SeveralPhotos: "More than one photo was sent. Choose one: each lesion is assessed by itself.",
    PhotoEmpty: "The file is empty. Choose another one, or copy it from the camera again.",
    PhotoFormatUnknown: (
        f"The file is not a photo in a format that can be read. Use {accepted_names()}."
    ),
    PhotoDamaged: (
        "The file is damaged or incomplete. Copy it from the camera again, or take a new photo."
    ),
    PhotoHasSeveralFrames: (
        "The file is animated or holds several pictures. Save the one to be assessed by itself."
    ),
    PhotoHighDynamicRange: (
        "The photo is stored with high dynamic range (HDR), and its colours would come out wrong. "
        "Export it as an ordinary JPEG, or switch HDR off in the camera."
    ),
    PhotoColoursLost: (
        "The photo is stored with 16 bits a colour, of which the upper ones are empty, so that it "
        "would come out almost black. Export it with 8 bits a colour."
    ),
}


def refusal_words(refusal: PhotoRefused) -> str:
    """Say what is wrong with a photo and what to do about it."""
    match refusal:
        case PhotoTooLarge(maximum_bytes=maximum):
            return file_too_large(maximum)
        case PhotoTooSmall(width_px=width, height_px=height, minimum_px=minimum):
            return (
                f"The photo is too small: {width} × {height} pixels. "
                f"The shorter side needs at least {minimum} pixels."
            )
        case PhotoTooNarrow(width_px=width, height_px=height, maximum_aspect=aspect):
            return (
                f"The photo is a strip of {width} × {height} pixels. The longer side can be "
                f"{aspect:g} times the shorter one at most; cut it around the lesion."
            )
        case PhotoTooManyPixels(megapixels=found, maximum_megapixels=maximum_megapixels):
            # 64.1 of 64 must not read "64 megapixels, at most 64".
            near = found < maximum_megapixels + 1
            told = f"{ceil(found * 100) / 100:.2f}" if near else f"{found:.0f}"
            return (
                f"The photo has too many pixels: {told} megapixels. "
                f"At most {maximum_megapixels:g} megapixels can be read; save a smaller copy."
            )
    return _PLAIN.get(type(refusal), UNKNOWN_REFUSAL)


def quota_words(reached: QuotaReached) -> str:
    """Say how many photos there may be within an hour, and when there may be another one."""
    minutes = -(-reached.retry_after_s // 60)
    return (
        f"You have sent {_photos(reached.per_hour)} within an hour, which is the most that this "
        f"server takes from one browser. The next one can be sent in {minutes} "
        f"minute{'' if minutes == 1 else 's'}."
    )


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"


def file_too_large(maximum_bytes: int) -> str:
    """Say that a file has too many bytes."""
    return f"The file is too large. It can be {size_words(maximum_bytes)} at most."


def size_words(size_bytes: int) -> str:
    """Return a size in units of a thousand, as in "25 MB" or "100 kB"."""
    if size_bytes < _MEGABYTE:
        return f"{size_bytes / 1000:.0f}\N{NO-BREAK SPACE}kB"
    return f"{size_bytes / _MEGABYTE:.3g}\N{NO-BREAK SPACE}MB"
