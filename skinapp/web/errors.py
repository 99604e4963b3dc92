"""Error pages: the same calm layout, a way back, and never the exception."""

from __future__ import annotations

import time
from contextlib import suppress

from flask import Flask, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
)
from werkzeug.wrappers import Response

from skinapp.domain.errors import CaseNotFound, StoreUnavailable, TooBusy
from skinapp.web.cases import upload_page
from skinapp.web.context import web_context
from skinapp.web.forms import UploadForm
from skinapp.web.presenters.error_pages import (
    BUSY,
    EXPIRED_FORM,
    case_not_found_words,
    error_words,
    store_words,
    too_large_words,
)
from skinapp.web.presenters.error_pages import ErrorWords as Words
from skinapp.web.view_choice import sent_view

_DRAIN_AT_MOST_BYTES = 200_000_000
_DRAIN_AT_MOST_S = 20.0
_DRAIN_CHUNK_BYTES = 1 << 16
_STORE_RETRY_AFTER_S = 60


def register_error_pages(app: Flask) -> None:
    """Give every error a page."""
    app.register_error_handler(CaseNotFound, _case_not_found)
    app.register_error_handler(TooBusy, _too_busy)
    app.register_error_handler(StoreUnavailable, _store_unavailable)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http_error)


def _page(words: Words, status: int) -> Response:
    page = render_template("errors/error.html", words=words, status=status, request_id="")
    return make_response(page, status)


def _case_not_found(_: CaseNotFound) -> Response:
    return _page(case_not_found_words(web_context().settings.retention_days), 404)


def _too_busy(busy: TooBusy) -> Response:
    g.outcome = "TooBusy"
    answer = make_response(upload_page(UploadForm(formdata=None), BUSY), 503)
    answer.headers["Retry-After"] = str(busy.retry_after_s)
    return answer


def _store_unavailable(error: StoreUnavailable) -> Response:
    g.outcome = f"StoreUnavailable ({error.trouble.name})"
    answer = _page(store_words(error.trouble), 503)
    answer.headers["Retry-After"] = str(_STORE_RETRY_AFTER_S)
    return answer


def _form_expired(_: CSRFError) -> Response:
    if request.endpoint == "cases.create":
        page = upload_page(UploadForm(formdata=None), EXPIRED_FORM, sent_view())
        return make_response(page, 400)
    return _page(error_words(400, detail=EXPIRED_FORM), 400)


def _too_large(_: RequestEntityTooLarge) -> Response:
    if g.get("admitted", False):
        _drain()
    return _page(too_large_words(web_context().settings.limits), 413)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, InternalServerError):
        page = render_template(
            "errors/error.html",
            words=error_words(status),
            status=status,
            request_id=g.get("request_id", ""),
        )
        return make_response(page, status)
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
