"""Requests that lie about their length, stop in the middle, or never end."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from benchmarks.load import form_body
from tests.serving.conftest import Server, Start, wait_until
from tests.serving.test_survival import TOY
from tests.serving.visitors import CONTENT_TYPE, Visitor, a_photo


@pytest.fixture
def server(start: Start) -> Server:
    """One place at the door: whoever keeps it keeps everybody out."""
    door = {"SKINAPP_WORKERS": "1", "SKINAPP_THREADS": "1", "SKINAPP_MAX_WAITING": "0"}
    running = start(app=TOY, TOY_GRACE_S="1", SKINAPP_UPLOADS_PER_HOUR="0", **door)
    running.wait_ready()
    return running


@pytest.fixture
def visitor(server: Server) -> Visitor:
    return Visitor(server.port).come_in()


@contextmanager
def _connected(visitor: Visitor) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", visitor.port), timeout=60) as connection:
        yield connection


def _head(visitor: Visitor, *lines: str) -> bytes:
    fixed = ("POST /cases HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {visitor.cookie}")
    return "\r\n".join((*fixed, f"Content-Type: {CONTENT_TYPE}", *lines, "", "")).encode()


def _answer(connection: socket.socket) -> int:
    """The status of the answer; 0 where the server just hangs up."""
    begun = b""
    while len(begun) < 12:
        more = connection.recv(100)
        if not more:
            return 0
        begun += more
    return int(begun.split(b" ")[1])


@contextmanager
def _place_taken(visitor: Visitor) -> Iterator[None]:
    """Somebody is inside whose photo does not arrive; the visitor was just turned away."""
    with ExitStack() as stack:

        def taken() -> bool:
            # The visitor's own upload may be the first to get in: then the other is turned away.
            other = stack.enter_context(_connected(visitor))
            other.sendall(_head(visitor, "Content-Length: 5000") + b"x")
            return visitor.upload().status == 503

        wait_until(taken, limit_s=20)
        yield


def _still_answers(visitor: Visitor) -> bool:
    wait_until(lambda: visitor.upload().status == 303)
    return visitor.opens_its_case()


def test_a_body_longer_than_it_says_is_refused(visitor: Visitor):
    body = form_body(a_photo(), visitor.token)
    with _connected(visitor) as connection:
        connection.sendall(_head(visitor, "Content-Length: 400") + body)
        assert _answer(connection) in {400, 422}
    assert _still_answers(visitor)


def test_a_body_shorter_than_it_says_is_refused(visitor: Visitor):
    body = form_body(a_photo(), visitor.token)
    with _connected(visitor) as connection:
        connection.sendall(_head(visitor, f"Content-Length: {len(body)}") + body[:-200])
        connection.shutdown(socket.SHUT_WR)
        assert _answer(connection) == 400
    assert _still_answers(visitor)


def test_a_body_that_stops_half_way_is_given_up(visitor: Visitor):
    body = form_body(a_photo(), visitor.token)
    with _connected(visitor) as connection:
        connection.sendall(_head(visitor, f"Content-Length: {len(body)}") + body[:3000])
        assert _answer(connection) == 408
    assert _still_answers(visitor)


@pytest.mark.parametrize(
    "length", ["-1", "1e3", "0x10", "99999999999999999999", "10\r\nContent-Length: 20"]
)
def test_a_length_that_makes_no_sense_is_refused(visitor: Visitor, length: str):
    with _connected(visitor) as connection:
        connection.sendall(_head(visitor, f"Content-Length: {length}") + b"x" * 20)
        assert _answer(connection) in {400, 413}
    assert _still_answers(visitor)


def test_a_length_beside_chunks_is_refused(visitor: Visitor):
    lines = ("Content-Length: 5", "Transfer-Encoding: chunked")
    with _connected(visitor) as connection:
        connection.sendall(_head(visitor, *lines) + b"0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n")
        assert _answer(connection) == 400
    assert _still_answers(visitor)


def test_broken_chunks_are_refused(visitor: Visitor):
    with _connected(visitor) as connection:
        connection.sendall(_head(visitor, "Transfer-Encoding: chunked") + b"zz\r\nhello\r\n")
        assert _answer(connection) in {0, 400}
    assert _still_answers(visitor)


@pytest.mark.parametrize("sent", [0, 100, 3000])
def test_a_connection_that_is_cut_makes_room(visitor: Visitor, sent: int):
    body = form_body(a_photo(), visitor.token)
    with _connected(visitor) as connection:
        connection.sendall(_head(visitor, f"Content-Length: {len(body)}") + body[:sent])
        # Closed without a farewell: the server gets a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert _still_answers(visitor)


def test_an_answer_that_nobody_waits_for_harms_nobody(visitor: Visitor):
    body = form_body(a_photo(), visitor.token)
    with _connected(visitor) as connection:
        connection.sendall(_head(visitor, f"Content-Length: {len(body)}") + body)
    assert _still_answers(visitor)


def test_whoever_is_turned_away_unread_is_told_that_the_connection_ends(visitor: Visitor):
    assert visitor.upload().headers["Connection"] == "keep-alive"
    with _place_taken(visitor):
        assert visitor.headers["Connection"] == "close"
    assert _still_answers(visitor)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("POST /cases HTTP/1.1", "Sec-Fetch-Site: cross-site"), 403),
        (("PUT /cases HTTP/1.1",), 405),
        (("GET /healthz HTTP/1.1",), 200),
    ],
)
def test_a_body_that_nobody_reads_ends_its_connection_in_so_many_words(
    visitor: Visitor, lines: tuple[str, ...], status: int
):
    head = (*lines, "Host: 127.0.0.1", "Content-Length: 300000", "", "")
    with _connected(visitor) as connection:
        connection.sendall("\r\n".join(head).encode() + bytes(300_000))
        answer = connection.makefile("rb").read()
    assert int(answer.split(b" ")[1]) == status
    assert b"\r\nconnection: close\r\n" in answer.lower()


@pytest.mark.parametrize("path", ["/", "/readyz"])
def test_a_host_that_is_none_is_refused(server: Server, visitor: Visitor, path: str):
    with _connected(visitor) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a..b\r\n\r\n".encode())
        assert _answer(connection) == 400
    assert "request_failed" not in server.err.read_text()


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("marker / HTTP/1.1", 400),
        ("GET /marker HTTP/9.9", 400),
        (f"GET /{'marker' * 500} HTTP/1.1", 414),
        ("GET / HTTP/1.1\r\nmarker name: x", 400),
        (f"GET / HTTP/1.1\r\nCookie: {'marker' * 2000}", 431),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: marker", 501),
        ("GET /marker\N{LATIN SMALL LETTER E WITH ACUTE}\u2603 HTTP/9.9", 400),
    ],
)
def test_what_is_no_proper_request_is_answered_without_quoting_it(
    server: Server, request_text: str, status: int
):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"{request_text}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "Content-Security-Policy: default-src 'none'" in answer
    assert "Cache-Control: no-store" in answer
    assert f"<h1>Error {status}</h1>" in answer
    assert "marker" not in answer
    assert server.get("/healthz", timeout_s=60)


def test_no_hostile_request_was_a_failure_of_ours(server: Server, visitor: Visitor):
    test_a_body_that_stops_half_way_is_given_up(visitor)
    test_a_body_shorter_than_it_says_is_refused(visitor)
    assert "request_failed" not in server.err.read_text()


def test_clients_that_never_hang_up_keep_nobody_waiting(server: Server):
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(20):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
            stack.enter_context(connection).sendall(request)
            assert _answer(connection) == 200
        # In gunicorn's own way, each would keep everybody waiting for two seconds.
        assert server.get("/healthz", timeout_s=20)


def test_heads_that_never_end_keep_nobody_waiting_for_long(server: Server):
    with ExitStack() as stack:
        for _ in range(20):  # more than there are threads
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
            stack.enter_context(connection).sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
        assert server.get("/healthz", timeout_s=60)
    assert "Socket error" not in server.err.read_text()


def test_who_is_turned_away_can_read_why_while_a_large_photo_is_being_sent(visitor: Visitor):
    with _connected(visitor) as outside, _place_taken(visitor):
        outside.sendall(_head(visitor, "Content-Length: 4000000") + bytes(4_000_000))
        assert _answer(outside) == 503
