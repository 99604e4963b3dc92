"""Turns uploads away at once where too many are inside, before anything of them is read.

All other forms are small.
"""

from __future__ import annotations

from flask import Flask, Response, g, request

from skinapp.web.context import web_context
from skinapp.web.site import FORM_OVERHEAD_BYTES
from skinapp.web.slow_bodies import BodyWatch, PacedBody

_UPLOADS = frozenset({"cases.create"})


def register_admission(app: Flask) -> None:
    """Count the uploads that are inside.

    Register this after the log and before anything that reads a body, such as the CSRF check:
    reading is the first thing that takes memory and time.
    """
    watch = BodyWatch()

    def enter() -> None:
        if request.method != "POST":
            return
        upload = request.endpoint in _UPLOADS
        _pace(watch, small=not upload)
        if upload:
            web_context().admission.enter()
            g.admitted = True
        else:
            # Nobody counts these: they must not hold a photo's memory, nor a thread for its time.
            request.max_content_length = FORM_OVERHEAD_BYTES

    def hang_up(answer: Response) -> Response:
        if body := g.get("paced_body"):
            body.hang_up_unless_read()
        return answer

    def leave(_: BaseException | None) -> None:
        if body := g.pop("paced_body", None):
            watch.end(body)
        if g.pop("admitted", False):
            web_context().admission.leave()

    app.before_request(enter)
    app.after_request(hang_up)
    app.teardown_request(leave)


def _pace(watch: BodyWatch, *, small: bool) -> None:
    """Where gunicorn serves, look after the body's speed."""
    connection = request.environ.get("gunicorn.socket")
    if connection is None:
        return
    g.paced_body = PacedBody(
        request.environ["wsgi.input"], connection, request.content_length, small=small
    )
    request.environ["wsgi.input"] = g.paced_body
    watch.begin(g.paced_body)
