"""What tests share in whichever room they are: slow connections, and a database server."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import PostgresqlServer

# Read when torch is loaded.  Tests run side by side, a process a core; with a thread a core each,
# they would wait for one another, and tiny tensors gain nothing from threads anyway.
os.environ["OMP_NUM_THREADS"] = "1"


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A real server, with a database of its own for each test that asks for one."""
    # The path of a socket has room for about a hundred characters, less than pytest's folders take.
    folder = Path(tempfile.mkdtemp(prefix="skinapp-pg-"))
    folder.chmod(0o755)
    server = PostgresqlServer(folder)
    yield server
    server.close()
