"""Uploads that trickle in: a place at the door is not held for ever."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import IO

from werkzeug.exceptions import BadRequest, RequestTimeout

# Every upload gets this long, and a second more for each of these amounts that has arrived.  The
# slowest line on which a doctor would wait sends faster.
GRACE_S = 20.0
# Other forms fit into a packet or two, and nobody counts them.
SMALL_GRACE_S = 4.0
LEAST_BYTES_PER_S = 8_000
LOOK_EVERY_S = 1.0


class PacedBody:
    """A request's body that raises :class:`RequestTimeout` (408) after it was cut off.

    A thread that waits for a socket can't look at the clock: :class:`BodyWatch` does, and ends
    the waiting by closing the reading half.  The answer can still be sent.
    """

    def __init__(
        self,
        body: IO[bytes],
        connection: socket.socket,
        expected_bytes: int | None = None,
        *,
        small: bool = False,
    ) -> None:
        self._body, self._connection, self._expected_bytes = body, connection, expected_bytes
        self._small = small
        self._began_s, self._received_bytes = time.monotonic(), 0
        self._whole = self._cut = False

    def read(self, size: int = -1) -> bytes:
        """Read as the body does.

        Raises :class:`RequestTimeout` where it came too slowly, and :class:`BadRequest` where it
        can't be read.
        """
        try:
            data = self._body.read(size)
        except Exception as error:  # whatever a server calls broken chunks and lost connections
            raise BadRequest from error
        self._received_bytes += len(data)
        if self._cut:
            raise RequestTimeout
        self._whole = not data or self._received_bytes == self._expected_bytes
        return data

    def hang_up_unless_read(self) -> None:
        """Let the answer say that the connection ends, where the body was not read to its end.

        gunicorn throws away what little of it comes at once, then ends the connection; it would
        have promised to keep it, and the client's next request would be lost.
        """
        if not self._whole and self._expected_bytes != 0:
            hang_up: Callable[[], None] | None = getattr(self._body, "hang_up", None)
            if hang_up is not None:
                hang_up()

    def cut_if_slow(self, now_s: float) -> None:
        """Stop the reading where its time is over."""
        grace_s = SMALL_GRACE_S if self._small else GRACE_S
        allowed_s = grace_s + self._received_bytes / LEAST_BYTES_PER_S
        if now_s - self._began_s > allowed_s and not (self._whole or self._cut):
            self._cut = True
            with suppress(OSError):  # the client was faster
                self._connection.shutdown(socket.SHUT_RD)


class BodyWatch:
    """Looks after the bodies that are arriving, in one thread that is begun with the first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._arriving: set[PacedBody] = set()
        self._guard, self._stopped = Lock(), Event()
        self._thread: Thread | None = None

    def begin(self, body: PacedBody) -> None:
        """Look after a body until :meth:`end`."""
        with self._guard:
            self._arriving.add(body)
            if self._thread is None:
                thread = Thread(target=self._run, name="body watch", daemon=True)
                thread.start()
                self._thread = thread  # not before: what could not start is tried again

    def end(self, body: PacedBody) -> None:
        """The body has arrived, or nobody wants it any more."""
        with self._guard:
            self._arriving.discard(body)

    def look(self) -> None:
        """Cut what is too slow."""
        with self._guard:
            for body in self._arriving:
                body.cut_if_slow(self._clock())

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            self.look()
