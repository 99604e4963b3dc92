"""Ending a server whose workers refuse to start."""

from __future__ import annotations

from collections.abc import Callable


def although_workers_refuse(
    stop: Callable[[bool], None], refusal: type[BaseException]
) -> Callable[[bool], None]:
    """The arbiter's ``stop``, going on to its end.

    The first worker that can't load the application halts the server.  Where a second one refuses
    while that is being done, gunicorn 27 halts it once more from within, and ends with a traceback
    in place of the reason.  Each refusal takes its worker off the list, so this comes to an end.
    """

    def stop_all(graceful: bool = True) -> None:
        while True:
            try:
                stop(graceful)
            except refusal:
                continue
            return

    return stop_all
