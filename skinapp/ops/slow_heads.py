"""Requests that don't get on: a thread is not held for ever by who says nothing more.

gunicorn's threads wait for a request's first byte for some seconds, but for the rest of its head,
and for a client that doesn't read its answer, without end.  A few dozen such connections, and
nobody else is answered.  gunicorn.conf.py lets connections be looked after here; bodies have a
watch of their own, which knows how fast they come.
"""

from __future__ import annotations

import errno
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread

# A head is a few hundred bytes; it comes in one piece or on a very bad line.
HEAD_S = 10.0
# Without a single byte of the answer being read.
UNREAD_S = 30.0
_LOOK_EVERY_S = 1.0


class HeadWatch:
    """Looks after the heads that are arriving, in one thread that is begun with the first."""

    def __init__(self, head_s: float = HEAD_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._head_s, self._clock = head_s, clock
        self._arriving: dict[socket.socket, float] = {}  # with the time at which each is cut off
        self._guard, self._stopped = Lock(), Event()
        self._thread: Thread | None = None

    def begin(self, connection: socket.socket) -> None:
        """Look after a connection until :meth:`end`."""
        with self._guard:
            self._arriving[connection] = self._clock() + self._head_s
            if self._thread is None:
                thread = Thread(target=self._run, name="head watch", daemon=True)
                thread.start()
                self._thread = thread  # not before: what could not start is tried again

    def end(self, connection: socket.socket) -> None:
        """The head has arrived, or the connection is over."""
        with self._guard:
            self._arriving.pop(connection, None)

    def look(self) -> None:
        """Stop the reading of heads whose time is over; their threads then find an end."""
        now_s = self._clock()
        with self._guard:
            late = [each for each, end_s in self._arriving.items() if end_s < now_s]
            for connection in late:
                del self._arriving[connection]
                with suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RD)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY_S):
            self.look()


@contextmanager
def unread_is_lost() -> Iterator[None]:
    """Name an answer that was given up a lost connection, which is nobody's mistake here."""
    try:
        yield
    except BlockingIOError as error:
        raise ConnectionResetError(errno.ECONNRESET, "nothing of the answer was read") from error


def give_up_unread(connection: socket.socket, unread_s: float = UNREAD_S) -> None:
    """Let sending fail where the client reads nothing for so long."""
    whole = int(unread_s)
    limit = struct.pack("ll", whole, int((unread_s - whole) * 1_000_000))
    with suppress(OSError):  # the client has gone
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
