"""Headers that every response carries, errors and static files included."""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "object-src 'none'",
        "img-src 'self' blob:",  # blob: is the preview of a chosen photo
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

# Opened by itself, a figure is a page.  A confusion matrix has its shades as a picture in it.
_FIGURE = "model.figure"
_FIGURE_POLICY = "default-src 'none'; img-src data:; frame-ancestors 'none'; sandbox"

_FIXED = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: under TLS the CSRF check wants to see our own origin.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_YEAR_S = 365 * 24 * 3600

# Pages without anything personal may be kept and revalidated; all else is never stored.
_PUBLIC_ENDPOINTS = frozenset({"model.show", "data.show"})

# These say themselves how long they may be kept; nothing else does, lest a case be kept.
_FILES = frozenset({"static", _FIGURE})


def register_headers(app: Flask, *, behind_tls: bool) -> None:
    """Add the headers after every request."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _FIXED.items():
            response.headers[name] = value
        if request.endpoint == _FIGURE:
            response.headers["Content-Security-Policy"] = _FIGURE_POLICY
        if behind_tls:
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"
        if request.endpoint not in _FILES or "Cache-Control" not in response.headers:
            _set_caching(response)
        return response


def _set_caching(response: Response) -> None:
    if request.endpoint in _PUBLIC_ENDPOINTS and response.status_code < 400:  # noqa: PLR2004 - first error status
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        response.make_conditional(request)
    else:
        response.headers["Cache-Control"] = "no-store"
