from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.load import Target
from benchmarks.memory import Sample, is_fine, load, row


def _samples(largest_mb: Callable[[int], float], whole_mb: Callable[[int], float]) -> list[Sample]:
    """A server of two workers, after every 50 of 2,000 uploads."""
    return [
        Sample(n, (200.0, largest_mb(n)), (210.0, largest_mb(n) + 20), whole_mb(n))
        for n in range(0, 2001, 50)
    ]


def test_the_row_tells_of_the_largest_worker():
    found = row(_samples(lambda n: 250 + min(n, 300) / 10, lambda _: 400.0))
    assert (found["workers"], found["uploads"]) == (2, 2000)
    assert (found["start_mb"], found["after_300_mb"], found["end_mb"]) == (250, 280, 280)
    assert found["peak_mb"] == 300


def test_memory_that_fills_at_first_and_stays_is_fine():
    found = row(_samples(lambda n: 250 + min(n, 300) / 10, lambda n: 400 + min(n, 300) / 10))
    assert found["mb_per_1000_uploads"] == [0, 0, 0]
    assert is_fine(found)


def test_memory_that_grows_on_is_not_fine():
    found = row(_samples(lambda _: 250.0, lambda n: 400 + n / 100))
    assert found["mb_per_1000_uploads"] == pytest.approx([10, 10, 10])
    assert not is_fine(found)


def test_a_worker_that_ends_above_its_bound_is_not_fine():
    assert not is_fine(row(_samples(lambda n: 250 + n / 10, lambda _: 400.0)))


def test_a_few_uploads_tell_nothing_of_growth():
    assert row(_samples(lambda _: 250.0, lambda _: 400.0)[:8])["mb_per_1000_uploads"] is None


@contextmanager
def _answering(status: int) -> Iterator[Target]:
    """Ourselves as the server: every upload is answered with one status."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(200)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(status)

        def _answer(self, code: int) -> None:
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Target("ours", server.server_port, "/predict", os.getpid())
        server.shutdown()


def test_so_many_uploads_are_sent_as_were_asked_for():
    with _answering(200) as target:
        samples = list(load(target, 40, clients=4))
    assert samples[0].answered == 0
    assert 40 <= samples[-1].answered < 44
    assert all(mb > 10 for mb in (*samples[-1].resident_mb, samples[-1].proportional_mb))


def test_a_server_that_fails_has_no_row():
    with _answering(500) as target, pytest.raises(RuntimeError, match="did not answer"):
        list(load(target, 40, clients=4))
