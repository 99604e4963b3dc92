"""The upload page's words."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.errors import SeveralPhotos
from skinapp.intake.bombs import MAX_WEBP_MEGAPIXELS
from skinapp.settings import Settings
from skinapp.web.presenters.formats import accept_attribute, accepted_names
from skinapp.web.presenters.refusals import file_too_large, refusal_words, size_words
from skinapp.web.presenters.views import ResultView, ViewChoice, view_choices


@dataclass(frozen=True, slots=True)
class UploadPage:
    """What the upload page says.  ``error`` is empty where nothing is wrong."""

    error: str
    views: tuple[ViewChoice, ...]
    formats: str
    accept: str
    limits: str
    max_upload_bytes: int
    too_large: str
    several: str
    retention: str


def present_upload(settings: Settings, view: ResultView, error: str = "") -> UploadPage:
    """Put the door's limits into words; ``view`` is the one chosen last."""
    limits = settings.limits
    return UploadPage(
        error=error,
        views=view_choices(view),
        formats=accepted_names(),
        accept=accept_attribute(),
        limits=(
            f"Up to {size_words(limits.max_upload_bytes)} and {limits.max_megapixels:g} "
            f"megapixels{_webp_words(limits.max_megapixels)}, at least {limits.min_side_px} pixels "
            "on the shorter side."
        ),
        max_upload_bytes=limits.max_upload_bytes,
        too_large=file_too_large(limits.max_upload_bytes),
        several=refusal_words(SeveralPhotos()),
        retention=days(settings.retention_days),
    )


def _webp_words(max_megapixels: float) -> str:
    """Name WebP's own limit where it is the lower one."""
    if max_megapixels <= MAX_WEBP_MEGAPIXELS:
        return ""
    return f" (WebP {MAX_WEBP_MEGAPIXELS:g})"


def days(count: float) -> str:
    """Return a number of days, as in "30 days"."""
    return "1 day" if count == 1 else f"{count:g} days"
