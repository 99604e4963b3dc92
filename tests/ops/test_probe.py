from __future__ import annotations

import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from skinapp.ops.probe import is_ready


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def answers() -> Iterator[tuple[WSGIServer, dict[str, str]]]:
    given = {"/readyz": "200 OK"}

    def app(environ, start_response):
        start_response(given.get(environ["PATH_INFO"], "404 Not Found"), [])
        return [b""]

    server = make_server("127.0.0.1", 0, app, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server, given
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_ready_server_is_ready(answers):
    server, _ = answers
    assert is_ready("127.0.0.1", server.server_port)


def test_a_server_on_all_addresses_is_asked_on_loopback(answers):
    server, _ = answers
    assert is_ready("0.0.0.0", server.server_port)


def test_a_server_without_its_database_is_not_ready(answers):
    server, given = answers
    given["/readyz"] = "503 Service Unavailable"
    assert not is_ready("127.0.0.1", server.server_port)


def test_where_nobody_listens_nothing_is_ready(answers):
    server, _ = answers
    assert not is_ready("127.0.0.2", server.server_port)
