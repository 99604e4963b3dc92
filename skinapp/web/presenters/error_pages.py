"""The words of the error pages."""

from __future__ import annotations

from dataclasses import dataclass, replace

from skinapp.domain.errors import StoreTrouble
from skinapp.domain.photo import PhotoLimits
from skinapp.web.presenters.refusals import file_too_large
from skinapp.web.presenters.upload import days

_EXPIRED_FORM = (
    "This form is no longer valid, so nothing was done. Send it again; "
    "cookies need to be allowed for this site."
)
# Flask-WTF's own words for what it found.
_REFERRERS = {
    "The referrer header is missing.": (
        "Your browser does not say from which page the form was sent, so nothing was done. Let it "
        "send the referrer to this site, and send the form again."
    ),
    "The referrer does not match the host.": (
        "The form came in under another name than that of this site, so nothing was done. Start "
        "from the first page; if it happens again, tell your administrator: the proxy has to pass "
        "on the site’s name."
    ),
}
BUSY = (
    "Many photos are being assessed right now, and yours was not taken. Nothing of it was kept. "
    "Send it again in a few seconds."
)
_STORE = (
    "Cases can’t be kept at the moment: {}. Nothing was left half done. Tell your administrator; "
    "it goes on by itself as soon as that is mended."
)


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What went wrong, and what to do."""

    heading: str
    text: str
    onward: str = "To the first page"


FORM_TOO_LARGE = ErrorWords(
    "More was sent than belongs there", "Nothing was changed. Start again from the first page."
)
FORM_TOO_SLOW = ErrorWords(
    "The form arrived too slowly", "Nothing was changed. Send it again, over a better connection."
)
UNREADABLE = ErrorWords(
    "This case can’t be shown",
    "It was kept by another version of this program, or its record is damaged. Tell your "
    "administrator. It can still be deleted.",
)

_WORDS = {
    400: ErrorWords("The request was not understood", "Start again from the first page."),
    403: ErrorWords("This is not open to you", "Start again from the first page."),
    404: ErrorWords(
        "There is nothing at this address", "Check the address, or start from the first page."
    ),
    405: ErrorWords(
        "This page can’t be opened that way", "Start again from the first page and use its form."
    ),
    408: ErrorWords(
        "The photo arrived too slowly",
        "Nothing of it was kept. Send it again, over a better connection or as a smaller file.",
    ),
    422: ErrorWords("This can’t be processed", "Check what was sent and try again."),
    500: ErrorWords(
        "Something went wrong on our side",
        "The failure was recorded. Try again; if it happens twice, tell your administrator.",
    ),
    503: ErrorWords("The service is not ready", "Try again in a minute."),
}
_OTHER = ErrorWords("This did not work", "Start again from the first page.")


def error_words(status: int, detail: str = "") -> ErrorWords:
    """Return the words for an HTTP status; ``detail`` replaces the usual second sentence."""
    words = _WORDS.get(status, _OTHER)
    return replace(words, text=detail) if detail else words


def expired_words(reason: str) -> str:
    """Say why a form was not taken; ``reason`` is that of Flask-WTF."""
    return _REFERRERS.get(reason, _EXPIRED_FORM)


def store_words(trouble: StoreTrouble) -> ErrorWords:
    """Say why nothing can be kept now."""
    return ErrorWords("The service can’t keep cases", _STORE.format(trouble.value))


def case_not_found_words(retention_days: float) -> ErrorWords:
    """Say why a case may not open, without telling which reason it is."""
    return ErrorWords(
        "This case can’t be opened",
        "A case opens only in the browser session that made it, until it is deleted there or "
        f"{days(retention_days)} have passed.",
    )


def too_large_words(limits: PhotoLimits) -> ErrorWords:
    """Say how much can be sent."""
    return ErrorWords(
        "The photo was not accepted",
        file_too_large(limits.max_upload_bytes),
        "Choose another photo",
    )
