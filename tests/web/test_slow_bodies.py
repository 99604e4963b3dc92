"""Uploads that trickle in."""

from __future__ import annotations

import io

import pytest
from werkzeug.exceptions import BadRequest, RequestTimeout

from skinapp.web.slow_bodies import (
    GRACE_S,
    LEAST_BYTES_PER_S,
    SMALL_GRACE_S,
    BodyWatch,
    PacedBody,
)


@pytest.fixture
def watch(later):
    looking = BodyWatch(later)
    yield looking
    looking.stop()


def test_a_body_that_never_comes_is_cut_off_and_named(ends, watch, later):
    ours, _ = ends
    body = PacedBody(ours.makefile("rb"), ours)
    watch.begin(body)
    later.ahead_s = GRACE_S + 1
    with pytest.raises(RequestTimeout):
        body.read(10)


@pytest.mark.parametrize("small", [True, False])
def test_a_small_form_has_less_time_than_a_photo(ends, watch, later, small):
    ours, theirs = ends
    body = PacedBody(ours.makefile("rb"), ours, 100, small=small)
    watch.begin(body)
    later.ahead_s = SMALL_GRACE_S + 1
    watch.look()
    if small:
        with pytest.raises(RequestTimeout):
            body.read(10)
    else:
        theirs.sendall(bytes(10))
        assert len(body.read(10)) == 10


def test_a_body_that_can_not_be_read_is_a_bad_request(ends):
    class Broken:
        def read(self, _size):
            raise RuntimeError("invalid chunk size")

    with pytest.raises(BadRequest):
        PacedBody(Broken(), ends[0]).read(10)


class Kept(io.BytesIO):
    """A body whose connection would be kept."""

    kept = True

    def hang_up(self):
        self.kept = False


@pytest.mark.parametrize(
    ("sent", "expected_bytes", "read", "kept"),
    [
        (b"photo", 5, 5, True),
        (b"photo", 5, 3, False),
        (b"photo", 5, 0, False),
        (b"", 0, 0, True),
        (b"photo", None, 5, False),  # chunks: only the end tells that it was all
        (b"photo", None, -1, False),
    ],
)
def test_a_connection_is_kept_only_where_the_body_was_read(ends, sent, expected_bytes, read, kept):
    body = PacedBody(source := Kept(sent), ends[0], expected_bytes)
    if read:
        body.read(read)
    body.hang_up_unless_read()
    assert source.kept is kept


def test_a_body_of_chunks_that_ended_keeps_its_connection(ends):
    body = PacedBody(source := Kept(b"photo"), ends[0])
    while body.read(3):
        pass
    body.hang_up_unless_read()
    assert source.kept


def test_an_answer_can_be_sent_after_the_cut(ends, watch, later):
    ours, theirs = ends
    watch.begin(PacedBody(ours.makefile("rb"), ours))
    later.ahead_s = GRACE_S + 1
    watch.look()
    ours.sendall(b"too slow")
    assert theirs.recv(20) == b"too slow"


def test_a_body_that_comes_fast_enough_has_all_the_time_it_needs(ends, watch, later):
    ours, theirs = ends
    body = PacedBody(io.BytesIO(bytes(100 * LEAST_BYTES_PER_S)), ours)
    watch.begin(body)
    body.read(50 * LEAST_BYTES_PER_S)
    later.ahead_s = GRACE_S + 40
    watch.look()
    assert len(body.read(50 * LEAST_BYTES_PER_S)) == 50 * LEAST_BYTES_PER_S
    theirs.sendall(b"next request")
    assert ours.recv(20) == b"next request"


def test_a_body_that_has_arrived_is_left_alone(ends, watch, later):
    ours, theirs = ends
    body = PacedBody(io.BytesIO(b"all of it"), ours, expected_bytes=9)
    watch.begin(body)
    body.read(9)
    later.ahead_s = 10 * GRACE_S
    watch.look()
    theirs.sendall(b"next request")
    assert ours.recv(20) == b"next request"


def test_a_body_that_is_no_longer_wanted_is_left_alone(ends, watch, later):
    ours, theirs = ends
    body = PacedBody(ours.makefile("rb"), ours)
    watch.begin(body)
    watch.end(body)
    later.ahead_s = 10 * GRACE_S
    watch.look()
    theirs.sendall(b"next request")
    assert ours.recv(20) == b"next request"
