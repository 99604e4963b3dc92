from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest

from skinapp.ops.farewell import Farewells

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The server's end and the client's."""
    server, client = socket.socketpair()
    client.settimeout(30)
    with closing(client):
        yield server, client


def _send_until_refused(client: socket.socket) -> int:
    """How many bytes went through before the connection was closed."""
    sent = 0
    try:
        while sent < 100_000_000:
            sent += client.send(bytes(50_000))
    except (BrokenPipeError, ConnectionResetError):
        return sent
    raise AssertionError("nobody closed it")


def test_the_answer_can_be_read_while_the_request_is_still_being_sent(pair: Pair):
    server, client = pair
    server.sendall(b"503, come again")
    Farewells().say(server)
    client.sendall(bytes(3_000_000))
    assert client.recv(100) == b"503, come again"
    assert client.recv(100) == b""


def test_a_connection_ends_when_the_client_has_hung_up(pair: Pair):
    farewells = Farewells()
    farewells.say(pair[0])
    pair[1].close()
    farewells.wait(30)
    assert pair[0].fileno() == -1


def test_who_is_silent_is_not_waited_for(pair: Pair):
    farewells = Farewells(silent_s=0.1)
    farewells.say(pair[0])
    farewells.wait(30)
    assert pair[0].fileno() == -1


def test_who_goes_on_sending_is_cut_after_a_while(pair: Pair):
    Farewells(longest_s=0.2).say(pair[0])
    assert _send_until_refused(pair[1]) > 0


def test_who_sends_more_than_any_photo_is_cut(pair: Pair):
    Farewells(most_bytes=1_000_000).say(pair[0])
    assert 1_000_000 < _send_until_refused(pair[1]) < 10_000_000


def test_the_first_to_leave_makes_room_for_the_next(pair: Pair):
    farewells = Farewells(most=1)
    farewells.say(pair[0])
    other, client = socket.socketpair()
    with closing(client):
        farewells.say(other)
        assert pair[0].fileno() == -1
        assert other.fileno() != -1
    farewells.wait(30)


def test_a_connection_that_is_gone_already_is_only_closed(pair: Pair):
    pair[0].close()
    farewells = Farewells()
    farewells.say(pair[0])
    farewells.wait(0)
    assert pair[0].fileno() == -1


def test_a_connection_that_somebody_else_closed_ends_nobody_else(pair: Pair):
    farewells = Farewells(silent_s=0.1)
    server, _ = pair
    farewells.say(server)
    server.close()
    farewells.wait(10)
    assert not farewells._leaving
    assert farewells._thread is not None
    assert farewells._thread.is_alive()


def test_a_thread_that_could_not_start_is_tried_again(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    farewells, server = Farewells(), pair[0]
    with monkeypatch.context() as full:
        full.setattr(Thread, "start", _no_more_threads)
        with pytest.raises(RuntimeError):
            farewells.say(server)
    other, client = socket.socketpair()
    farewells.say(other)
    client.close()
    pair[1].close()
    farewells.wait(10)
    assert not farewells._leaving


def _no_more_threads(_thread: Thread) -> None:
    raise RuntimeError("can't start new thread")
