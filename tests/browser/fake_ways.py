"""What can happen to a form on its way; it is asked for in the address that the form is sent to."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# What is added to the address.
ANSWER_LOST = "?answer=lost"
ANSWER_ELSEWHERE = "?answer=elsewhere"


@dataclass(frozen=True, slots=True)
class RoughWay:
    """Before the app: loses its answers, or sends visitors elsewhere, where that is asked for."""

    inner: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = f"?{environ['QUERY_STRING']}"
        if asked == ANSWER_ELSEWHERE:
            environ["wsgi.input"].read()
            # The same machine, but another origin: the login of a proxy.
            elsewhere = f"http://localhost:{environ['SERVER_PORT']}/"
            start_response("302 Found", [("Location", elsewhere), ("Content-Length", "0")])
            return []
        answer = self.inner(environ, start_response)
        if asked == ANSWER_LOST:
            environ["gunicorn.socket"].shutdown(socket.SHUT_RDWR)
        return answer
