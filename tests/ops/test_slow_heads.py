"""Connections that would hold a thread for ever."""

from __future__ import annotations

import pytest

from skinapp.ops.slow_heads import HEAD_S, HeadWatch, give_up_unread, unread_is_lost


@pytest.fixture
def watch(later):
    looking = HeadWatch(clock=later)
    yield looking
    looking.stop()


def test_a_head_that_does_not_get_on_comes_to_an_end(ends, watch, later):
    ours, theirs = ends
    watch.begin(ours)
    theirs.sendall(b"GET / HT")
    later.ahead_s = HEAD_S + 1
    assert ours.recv(100) == b"GET / HT"
    assert ours.recv(100) == b""


def test_a_head_that_has_arrived_is_left_alone(ends, watch, later):
    ours, theirs = ends
    watch.begin(ours)
    watch.end(ours)
    later.ahead_s = HEAD_S + 1
    watch.look()
    theirs.sendall(b"next request")
    assert ours.recv(100) == b"next request"


def test_a_connection_that_is_over_disturbs_nobody(ends, watch, later):
    ours, _ = ends
    watch.begin(ours)
    ours.close()
    later.ahead_s = HEAD_S + 1
    watch.look()
    assert ours.fileno() == -1


def test_an_answer_that_nobody_reads_is_given_up(ends):
    ours, _ = ends
    give_up_unread(ours, 0.1)
    with pytest.raises(ConnectionResetError, match="nothing of the answer"), unread_is_lost():
        ours.sendall(bytes(50_000_000))
