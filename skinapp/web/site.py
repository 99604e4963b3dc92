"""The Flask application class and its configuration."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from types import TracebackType
from typing import IO, cast

import structlog
from flask import Flask, Request, g
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, TimestampSigner
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from skinapp.settings import Settings

# Boundaries, part headers and the CSRF token around the file itself.
FORM_OVERHEAD_BYTES = 64 * 1024
# What is expired is removed every hour, and a day is soon over.
_LEEWAY = timedelta(days=1)


class MemoryRequest(Request):
    """A request whose uploads stay in memory.

    Werkzeug spools parts over 500 kB to a temporary file.  A patient's photo, with the metadata
    it came with, must not touch the disk; MAX_CONTENT_LENGTH bounds the memory instead.
    """

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - the signature is Werkzeug's
        content_type: str | None,  # noqa: ARG002 - the signature is Werkzeug's
        filename: str | None = None,  # noqa: ARG002 - the signature is Werkzeug's
        content_length: int | None = None,  # noqa: ARG002 - the signature is Werkzeug's
    ) -> IO[bytes]:
        return BytesIO()


class LenientSessions(SecureCookieSessionInterface):
    """Sessions that outlive a clock that is set back.

    To Flask a cookie that was signed in the future is none, and the next page would replace it: the
    browser could neither open nor delete its cases any more.  The signature tells that it is ours.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open the session of a request; a new one where there is none."""
        signer = self.get_signing_serializer(app)
        cookie = request.cookies.get(self.get_cookie_name(app))
        if signer is not None and cookie is not None:
            with suppress(BadSignature):
                content, signed_at = signer.loads(cookie, return_timestamp=True)
                clock = cast("TimestampSigner", signer.make_signer())
                if signed_at.timestamp() > clock.get_timestamp():
                    return self.session_class(content)
        return super().open_session(app, request)


class Site(Flask):
    """Flask with uploads in memory, strict templates and exceptions logged under an id."""

    request_class = MemoryRequest
    session_interface = LenientSessions()
    jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}  # noqa: RUF012 - declared so in Flask

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> None:
        """Log a failure under the id that the 500 page shows."""
        structlog.get_logger("skinapp.web").error(
            "request_failed", request_id=g.get("request_id", ""), exc_info=exc_info
        )


def compile_templates(app: Flask) -> None:
    """Compile all templates now, so that no clinician waits for it."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


def configure(app: Flask, settings: Settings, secret_key: str | bytes) -> None:
    """Set keys, limits and cookies; trust one proxy's headers where it speaks TLS for us."""
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=settings.limits.max_upload_bytes + FORM_OVERHEAD_BYTES,
        # The __Host- prefix makes browsers refuse the cookie from a sister domain or plain HTTP.
        SESSION_COOKIE_NAME="__Host-skinapp" if settings.behind_tls else "skinapp",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # Browsers forget it when they are closed; one that restores its session must still open
        # and delete what it made, for as long as that is kept.
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.retention_days) + _LEEWAY,
        # A token lives as long as its session: a form left open over lunch still works.
        WTF_CSRF_TIME_LIMIT=None,
    )
    if settings.behind_tls:
        proxied = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # Flask documents this assignment
