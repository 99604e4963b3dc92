"""Stopping a server whose workers are just being made."""

from __future__ import annotations

import os
import signal

_STOP = frozenset({signal.SIGTERM, signal.SIGQUIT, signal.SIGINT})


def let_new_workers_be_stopped() -> None:
    """From now on, a process forked from this one can be ended from its first moment on.

    It inherits gunicorn's handlers, which only take a note for the parent: a SIGTERM before it has
    set its own would be lost, and the server would wait for it until the grace period is over.
    """
    os.register_at_fork(
        before=_hold_back, after_in_parent=_deliver, after_in_child=_restore_defaults
    )


def _hold_back() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)


def _deliver() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)


def _restore_defaults() -> None:
    for number in _STOP:
        signal.signal(number, signal.SIG_DFL)
    _deliver()
