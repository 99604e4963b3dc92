"""Answers to requests that never reach the application, because they are no proper HTTP.

gunicorn's own quote the request, carry none of the headers that every other answer has, and fail
where what they quote is not Latin-1.
"""

from __future__ import annotations

from http import HTTPStatus

# None of ours needs more: no style, no script, no picture.
_HEADERS = (
    ("Connection", "close"),
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)

_WORDS: dict[int, str] = {
    HTTPStatus.REQUEST_URI_TOO_LONG: "The address is longer than any of this site.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "What your browser, or something on the way, sent along is longer than is read here. "
        "If that goes on, tell your administrator."
    ),
    HTTPStatus.EXPECTATION_FAILED: "What the request expects is not known here.",
    HTTPStatus.NOT_IMPLEMENTED: "The request is coded in a way that is not known here.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side. The failure was recorded.",
}
_OTHERWISE = "The request could not be read: something on the way may have damaged it."

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Error {status} – skinapp</title></head>
<body><h1>Error {status}</h1><p>{words}</p><p><a href="/">To the start page</a></p></body>
</html>
"""


def plain_answer(status: int, reason: str) -> bytes:
    """A whole HTTP/1.1 answer that says what is wrong, and nothing of what was sent."""
    body = _PAGE.format(status=status, words=_WORDS.get(status, _OTHERWISE)).encode()
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in _HEADERS)]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode("ascii") + body
