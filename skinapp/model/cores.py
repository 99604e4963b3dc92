"""Sharing the cores between server processes without oversubscribing them."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock


class CoreShare:
    """Tells a process how many threads to compute with, from how many others are computing.

    Every process holds a lock on a file of its own while it computes, and looks which of the
    others' files are locked or were lately.  The kernel drops the locks of a process that dies,
    so a killed worker does not count as busy for long.  Alone, a process takes all cores (least
    time for one user); when several compute, each takes its part (most answers a second).
    ``lately_s`` bridges the time in which a busy process decodes and writes between two
    computations: without it, two busy processes kept taking each other's core.
    """

    def __init__(self, folder: Path, cores: int, lately_s: float = 0.5) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._cores, self._lately_s = folder, cores, lately_s
        self._active, self._counting = 0, Lock()
        # Another container on the same folder has processes of the same numbers.
        self._mine = folder / f"worker-{os.getpid()}-{secrets.token_hex(4)}"
        self._descriptor: int | None = None

    @contextmanager
    def computing(self) -> Iterator[int]:
        """Count as busy; gives the number of threads to use, at least 1.

        Several threads of this process may compute at once: they share its part.  Where the folder
        can't be written any more the others don't know of it, and that is all.
        """
        with self._counting:
            if not self._active:
                with suppress(OSError):
                    self._begin()
            self._active += 1
            active = self._active
        try:
            yield max(1, self._cores // (active + self._busy_others()))
        finally:
            with self._counting:
                self._active -= 1
                if not self._active:
                    self._end()

    def _begin(self) -> None:
        """Lock the file, which is made with the first computation."""
        if self._descriptor is not None and not os.fstat(self._descriptor).st_nlink:
            # Somebody who can't see this process has cleared its file away.
            self.close()
        if self._descriptor is None:
            self._descriptor = self._join()
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def _end(self) -> None:
        if self._descriptor is None:
            return
        with suppress(OSError):  # only bridges a pause
            os.utime(self._descriptor)
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _join(self) -> int:
        descriptor = os.open(self._mine, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        with suppress(OSError):
            os.utime(descriptor, (0, 0))  # not busy yet
        return descriptor

    def _busy_others(self) -> int:
        others = (path for path in self._folder.glob("worker-*") if path != self._mine)
        return sum(_is_busy(path, self._lately_s) for path in others)

    def close(self) -> None:
        """Leave the group."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        with suppress(OSError):
            self._mine.unlink(missing_ok=True)


def _is_busy(path: Path, lately_s: float) -> bool:
    """Whether a live process computes behind this file; files of dead ones are cleared away."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # gone, or not to be written any more
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        if _is_alive(int(path.name.split("-")[1])):
            return time.time() - os.fstat(descriptor).st_mtime < lately_s
        with suppress(OSError):
            path.unlink()
        return False
    finally:
        os.close(descriptor)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
