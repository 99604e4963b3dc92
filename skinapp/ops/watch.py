"""Looks at the records again and again, so that nobody who asks has to wait for the answer."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from skinapp.domain.errors import StoreTrouble, StoreUnavailable

LOOK_EVERY_S = 5.0


class StoreWatch:
    """Knows whether cases can be kept, from a look every few seconds.

    A probe that looked itself would wait behind a locked database, and a load balancer that asks
    often would be a load.  ``look`` raises where nothing can be kept.
    """

    def __init__(self, look: Callable[[], None], every_s: float = LOOK_EVERY_S) -> None:
        self._look, self._every_s = look, every_s
        self._trouble: StoreTrouble | None = None
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="store watch", daemon=True)

    def start(self) -> None:
        """Begin.  Until the first look is done all counts as well: the records were just opened."""
        self._thread.start()

    def stop(self) -> None:
        """End, after a look under way."""
        self._stopped.set()
        self._thread.join()

    def check(self) -> None:
        """Raise :class:`StoreUnavailable` where the last look found trouble."""
        if self._trouble is not None:
            raise StoreUnavailable(self._trouble)

    def look(self) -> None:
        """Look once."""
        try:
            self._look()
        except StoreUnavailable as error:
            self._trouble = error.trouble
        except Exception:  # whatever it was, nothing can be kept
            self._trouble = StoreTrouble.UNREACHABLE
        else:
            self._trouble = None

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.look()
            self._stopped.wait(self._every_s)
