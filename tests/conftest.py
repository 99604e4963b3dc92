"""What the tests of slow connections share, in whichever room they are."""

from __future__ import annotations

import socket
import time

import pytest


@pytest.fixture
def ends():
    """Two ends of a connection: ours and the client's."""
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.fixture
def later():
    """A clock that can be put forward."""

    class Clock:
        ahead_s = 0.0

        def __call__(self):
            return time.monotonic() + self.ahead_s

    return Clock()
