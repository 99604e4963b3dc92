"""Turns uploads away at once where too many are inside, before anything of them is read.

All other forms are small.
"""

from __future__ import annotations

from flask import Flask, Response, g, request

from skinapp.web.context import web_context
from skinapp.web.site import FORM_OVERHEAD_BYTES
from skinapp.web.slow_bodies import BodyWatch, PacedBody

_UPLOADS = frozenset({"cases.create"})


def register_bodies(app: Flask) -> None:
    """Look after every body that comes, and end the connection where it is not read.

    Register this after the log and before anything that refuses a request.
    """
    watch = BodyWatch()

    def begin() -> None:
        connection = request.environ.get("gunicorn.socket")
        if connection is None or not _has_body():
            return
        g.paced_body = PacedBody(
            request.environ["wsgi.input"],
            connection,
            request.content_length,
            small=not _is_upload(),
        )
        request.environ["wsgi.input"] = g.paced_body
        watch.begin(g.paced_body)

    def hang_up(answer: Response) -> Response:
        if body := g.get("paced_body"):
            body.hang_up_unless_read()
        return answer

    def end(_: BaseException | None) -> None:
        if body := g.pop("paced_body", None):
            watch.end(body)

    app.before_request(begin)
    app.after_request(hang_up)
    app.teardown_request(end)


def register_admission(app: Flask) -> None:
    """Count the uploads that are inside, and bound all other forms.

    Register this before anything that reads a body, such as the CSRF check: reading is the first
    thing that takes memory and time.
    """

    def enter() -> None:
        if _is_upload():
            web_context().admission.enter()
            g.admitted = True
        else:
            # Nobody counts these: they must not hold a photo's memory, nor a thread for its time.
            request.max_content_length = FORM_OVERHEAD_BYTES

    def leave(_: BaseException | None) -> None:
        if g.pop("admitted", False):
            web_context().admission.leave()

    app.before_request(enter)
    app.teardown_request(leave)


def _is_upload() -> bool:
    """Whether a photo may come in it.

    Sent as another type, the same bytes are a form of millions of fields, which Werkzeug reads
    without a bound: ten seconds and most of a gigabyte for each.
    """
    return (
        request.method == "POST"
        and request.endpoint in _UPLOADS
        and request.mimetype == "multipart/form-data"
    )


def _has_body() -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers
