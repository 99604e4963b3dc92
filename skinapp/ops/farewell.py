"""Ending connections without anybody waiting for it.

An answer can be lost when its connection is closed while the client still sends: the kernel then
sends a reset, and the client throws away what it has not read.  Closing well means to send the end
of our half first, and to throw away what still comes (RFC 9112, section 9.6).  gunicorn does so in
the thread that accepts everybody's requests, for up to two seconds each: three clients that don't
hang up, and a probe takes six seconds.  It also gives up after 64 kB, which is less than a photo
that is turned away while it arrives.  gunicorn.conf.py lets it end connections here instead.
"""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread

# Who is silent for so long has read the answer, or never will.
SILENT_S = 2.0
# A photo of the largest size on a slow line.
LONGEST_S = 30.0
# Twice the largest photo that is allowed by default; what comes after it is not read.
MOST_BYTES = 50_000_000
# Of those that don't hang up; each takes a descriptor.
MOST = 200
_LOOK_EVERY_S = 0.1
_CHUNK_BYTES = 65_536


@dataclass(slots=True)
class _Leaving:
    """A connection whose answer is out."""

    connection: socket.socket
    began_s: float
    heard_s: float
    received_bytes: int = 0


class Farewells:
    """Ends connections in one thread of its own, which is begun with the first."""

    def __init__(
        self,
        silent_s: float = SILENT_S,
        longest_s: float = LONGEST_S,
        most: int = MOST,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._silent_s, self._longest_s, self._most = silent_s, longest_s, most
        self._most_bytes = most_bytes
        self._leaving: dict[int, _Leaving] = {}  # by descriptor, the first to leave first
        self._guard, self._some = Lock(), Event()
        self._thread: Thread | None = None

    def say(self, connection: socket.socket) -> None:
        """End our half at once, and the connection when the client has; never waits."""
        try:
            connection.setblocking(False)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # the client was faster
            connection.close()
            return
        now_s = time.monotonic()
        with self._guard:
            if len(self._leaving) >= self._most:
                self._end(next(iter(self._leaving)))
            self._leaving[connection.fileno()] = _Leaving(connection, now_s, now_s)
            if self._thread is None:
                thread = Thread(target=self._run, name="farewells", daemon=True)
                thread.start()
                self._thread = thread  # not before: what could not start is tried again
        self._some.set()

    def wait(self, timeout_s: float) -> None:
        """Until all have left, but no longer than this."""
        end_s = time.monotonic() + timeout_s
        while self._leaving and time.monotonic() < end_s:
            time.sleep(_LOOK_EVERY_S / 2)

    def _run(self) -> None:
        while self._some.wait():
            for descriptor in self._readable():
                self._drain(descriptor)
            self._end_the_overdue()

    def _readable(self) -> list[int]:
        with self._guard:
            descriptors = list(self._leaving)
            if not descriptors:
                self._some.clear()
                return []
        with selectors.PollSelector() as selector:
            for descriptor in descriptors:
                with suppress(ValueError, OSError):  # ended meanwhile
                    selector.register(descriptor, selectors.EVENT_READ)
            return [key.fd for key, _ in selector.select(_LOOK_EVERY_S)]

    def _drain(self, descriptor: int) -> None:
        with self._guard:
            one = self._leaving.get(descriptor)
            if one is None:
                return
            try:
                received = one.connection.recv(_CHUNK_BYTES)
            except BlockingIOError:
                return
            except OSError:
                received = b""
            one.heard_s = time.monotonic()
            one.received_bytes += len(received)
            if not received or one.received_bytes > self._most_bytes:
                self._end(descriptor)

    def _end_the_overdue(self) -> None:
        now_s = time.monotonic()
        with self._guard:
            for descriptor, one in list(self._leaving.items()):
                silent_s, all_s = now_s - one.heard_s, now_s - one.began_s
                if silent_s > self._silent_s or all_s > self._longest_s:
                    self._end(descriptor)

    def _end(self, descriptor: int) -> None:
        """By the number it had: a socket that somebody else has closed has none any more."""
        self._leaving.pop(descriptor).connection.close()
