"""Sharing the cores between server processes without oversubscribing them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class CoreShare:
    """Tells a process how many threads to compute with, from how many others are computing.

    Every process holds a lock on a file of its own while it computes, and looks which of the
    others' files are locked.  The kernel drops the locks of a process that dies, so a killed
    worker never counts as busy.  Alone, a process takes all cores (least time for one user);
    when all compute, each takes its part (most answers a second).
    """

    def __init__(self, folder: Path, cores: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._cores = folder, cores
        self._mine = folder / f"worker-{os.getpid()}"
        self._descriptor = os.open(self._mine, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    @contextmanager
    def computing(self) -> Iterator[int]:
        """Count as busy; gives the number of threads to use, at least 1."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield max(1, self._cores // (1 + self._busy_others()))
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _busy_others(self) -> int:
        others = (path for path in self._folder.glob("worker-*") if path != self._mine)
        return sum(_is_locked(path) for path in others)

    def close(self) -> None:
        """Leave the group."""
        os.close(self._descriptor)
        self._mine.unlink(missing_ok=True)


def _is_locked(path: Path) -> bool:
    """Whether a live process computes behind this file; files of dead ones are cleared away."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        if not _is_alive(int(path.name.removeprefix("worker-"))):
            with suppress(FileNotFoundError):
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
