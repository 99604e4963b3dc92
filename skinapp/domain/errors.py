"""What can go wrong, as facts.  The edges (web, api, scripts) give them words.

The dataclasses are not frozen: Python itself writes to an exception that passes a context manager.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class SkinappError(Exception):
    """Root of all expected errors."""


class PhotoRefused(SkinappError):
    """The upload is not a photo that can be assessed."""


class PhotoMissing(PhotoRefused):
    """No file was chosen."""


class SeveralPhotos(PhotoRefused):
    """More than one file was sent: it is not clear which is meant."""


class PhotoEmpty(PhotoRefused):
    """The file has no bytes."""


@dataclass(unsafe_hash=True)
class PhotoTooLarge(PhotoRefused):
    """The file has more bytes than the limit."""

    size_bytes: int
    maximum_bytes: int


class PhotoFormatUnknown(PhotoRefused):
    """The bytes are none of the accepted formats, whatever the file is called."""


class PhotoDamaged(PhotoRefused):
    """The format is accepted, but the file is truncated or broken."""


@dataclass(unsafe_hash=True)
class PhotoTooSmall(PhotoRefused):
    """The shorter side has fewer pixels than a model can use."""

    width_px: int
    height_px: int
    minimum_px: int


@dataclass(unsafe_hash=True)
class PhotoTooNarrow(PhotoRefused):
    """A strip, of which nothing is left when it is shrunk."""

    width_px: int
    height_px: int
    maximum_aspect: float


@dataclass(unsafe_hash=True)
class PhotoTooManyPixels(PhotoRefused):
    """The header announces more pixels than will be decoded."""

    megapixels: float
    maximum_megapixels: float


class PhotoHasSeveralFrames(PhotoRefused):
    """Animated, or several pages: it is not clear which frame is meant."""


class PhotoHighDynamicRange(PhotoRefused):
    """Its brightness is coded for HDR screens, and can't be told faithfully on others."""


class PhotoColoursLost(PhotoRefused):
    """Colours of 16 bits of which the upper ones are empty: what is left are a few levels."""


@dataclass(unsafe_hash=True)
class TooBusy(SkinappError):
    """As many uploads are inside as can be; this one was turned away unread."""

    retry_after_s: int


@dataclass(unsafe_hash=True)
class QuotaReached(SkinappError):
    """A session has made as many cases within an hour as one may."""

    per_hour: int
    retry_after_s: int


class StoreTrouble(Enum):
    """Why nothing can be kept."""

    FULL = "the disk is full"
    READ_ONLY = "the records may be read, not written"
    LOCKED = "another program holds the database"
    DAMAGED = "the database is damaged"
    UNREACHABLE = "the database can’t be reached or written"


@dataclass(unsafe_hash=True)
class StoreUnavailable(SkinappError):
    """The records can't be used now; what was begun was undone."""

    trouble: StoreTrouble


class RecordUnreadable(SkinappError):
    """A kept assessment is damaged, or has a form that this version of skinapp does not know."""


class CaseKept(SkinappError):
    """There is such a case already: what is sent now was sent before."""


class CaseNotFound(SkinappError):
    """There is no such case, or it is not for this reader: the two are not told apart."""


class ModelRefused(SkinappError):
    """A model's folder can't be served; the message says what differs from its card."""
