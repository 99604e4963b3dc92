"""Error pages: the same calm layout, a way back, and never the exception."""

from __future__ import annotations

import time
from contextlib import suppress

from flask import Flask, current_app, g, make_response, render_template, request, url_for
from flask.globals import request_ctx
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import (
    BadHost,
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
    RequestTimeout,
)
from werkzeug.wrappers import Response

from skinapp.domain.errors import CaseNotFound, RecordUnreadable, StoreUnavailable, TooBusy
from skinapp.web.cases import upload_page
from skinapp.web.context import web_context
from skinapp.web.cross_site import may_begin_session
from skinapp.web.forms import UploadForm
from skinapp.web.presenters.error_pages import (
    BUSY,
    FORM_TOO_LARGE,
    FORM_TOO_SLOW,
    UNREADABLE,
    case_not_found_words,
    error_words,
    expired_words,
    store_words,
    too_large_words,
)
from skinapp.web.presenters.error_pages import ErrorWords as Words
from skinapp.web.presenters.views import ResultView
from skinapp.web.view_choice import sent_view

_DRAIN_AT_MOST_BYTES = 200_000_000
_DRAIN_AT_MOST_S = 20.0
_DRAIN_CHUNK_BYTES = 1 << 16
_STORE_RETRY_AFTER_S = 60


def register_error_pages(app: Flask) -> None:
    """Give every error a page."""
    app.register_error_handler(CaseNotFound, _case_not_found)
    app.register_error_handler(RecordUnreadable, _record_unreadable)
    app.register_error_handler(TooBusy, _too_busy)
    app.register_error_handler(StoreUnavailable, _store_unavailable)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(RequestTimeout, _too_slow)
    app.register_error_handler(BadHost, _bad_host)
    app.register_error_handler(HTTPException, _http_error)


def _page(words: Words, status: int, *, request_id: str = "", delete_url: str = "") -> Response:
    page = render_template(
        "errors/error.html",
        words=words,
        status=status,
        request_id=request_id,
        delete_url=delete_url,
    )
    return make_response(page, status)


def _case_not_found(_: CaseNotFound) -> Response:
    return _page(case_not_found_words(web_context().settings.retention_days), 404)


def _record_unreadable(_: RecordUnreadable) -> Response:
    # Not why: it may quote what the record holds.
    g.outcome = "RecordUnreadable"
    address = url_for("cases.confirm_delete", **(request.view_args or {}))
    return _page(UNREADABLE, 503, delete_url=address)


def _too_busy(busy: TooBusy) -> Response:
    g.outcome = "TooBusy"
    answer = _form_again(BUSY, 503)
    answer.headers["Retry-After"] = str(busy.retry_after_s)
    return answer


def _store_unavailable(error: StoreUnavailable) -> Response:
    g.outcome = f"StoreUnavailable ({error.trouble.name})"
    answer = _page(store_words(error.trouble), 503)
    answer.headers["Retry-After"] = str(_STORE_RETRY_AFTER_S)
    return answer


def _form_expired(error: CSRFError) -> Response:
    g.outcome = f"CSRFError ({error.description})"
    words = expired_words(error.description or "")
    if request.endpoint == "cases.create":
        return _form_again(words, 400, sent_view())
    return _page(error_words(400, detail=words), 400)


def _form_again(text: str, status: int, view: ResultView | None = None) -> Response:
    """The upload form, in a session; a page without either for what may be another site's form."""
    if not may_begin_session():
        return _page(error_words(status, detail=text), status)
    return make_response(upload_page(UploadForm(formdata=None), text, view), status)


def _too_large(_: RequestEntityTooLarge) -> Response:
    if not g.get("admitted", False):
        return _page(FORM_TOO_LARGE, 413)
    _drain()
    return _page(too_large_words(web_context().settings.limits), 413)


def _too_slow(_: RequestTimeout) -> Response:
    return _page(error_words(408) if g.get("admitted", False) else FORM_TOO_SLOW, 408)


def _bad_host(_: BadHost) -> Response:
    # Without a host there is nothing that makes addresses, and a page needs those of its own.
    request_ctx.url_adapter = current_app.url_map.bind("localhost")
    return _page(error_words(400), 400)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, InternalServerError):
        return _page(error_words(status), status, request_id=g.get("request_id", ""))
    response = _page(error_words(status), status)
    for name, value in error.get_headers(request.environ):
        if name.lower() != "content-type":  # keeps Allow and Retry-After
            response.headers[name] = value
    return response


def _drain() -> None:
    """Read on, within bounds: browsers show a reset connection, not our page, otherwise."""
    stream = request.environ["wsgi.input"]
    deadline = time.monotonic() + _DRAIN_AT_MOST_S
    left = min(request.content_length or _DRAIN_AT_MOST_BYTES, _DRAIN_AT_MOST_BYTES)
    with suppress(HTTPException):  # too slow or broken even for being thrown away
        while left > 0 and time.monotonic() < deadline:
            chunk = stream.read(min(_DRAIN_CHUNK_BYTES, left))
            if not chunk:
                return
            left -= len(chunk)
