"""Ourselves as the server under load."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.load import Target

# In place of a status: hang up.
CUT = 0


@contextmanager
def answering(
    status: int | Callable[[int], int], *, page: bytes = b"", shows_map: bool = False
) -> Iterator[Target]:
    """Every upload is answered with one status, or with one that its number (from 1) decides."""
    lock, uploads = threading.Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(200)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                uploads[0] += 1
                number = uploads[0]
            code = status if isinstance(status, int) else status(number)
            if code == CUT:
                self.close_connection = True
            else:
                self._answer(code)

        def _answer(self, code: int) -> None:
            self.send_response(code)
            if code == 303:
                self.send_header("Location", "/case")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Target("ours", server.server_port, "/predict", os.getpid(), shows_map=shows_map)
        finally:
            # Else it spins on a socket that is closed, and slows every test after this one.
            server.shutdown()
            thread.join()
