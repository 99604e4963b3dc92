"""Looks at the records again and again, so that nobody who asks has to wait for the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

from skinapp.domain.errors import StoreTrouble, StoreUnavailable

LOOK_EVERY_S = 5.0
# A look takes milliseconds, or some seconds where the database is waited for.
LOOK_LASTS_AT_MOST_S = 30.0


class StoreWatch:
    """Knows whether cases can be kept, from a look every few seconds.

    A probe that looked itself would wait behind a locked database, and a load balancer that asks
    often would be a load.  ``look`` raises where nothing can be kept; one that does not come back,
    from a disk or a connection that says nothing any more, is trouble, too.
    """

    def __init__(
        self,
        look: Callable[[], None],
        every_s: float = LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look, self._every_s, self._clock = look, every_s, clock
        self._trouble: StoreTrouble | None = None
        self._began_s: float | None = None
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
        """Raise :class:`StoreUnavailable` where the last look found trouble, or has no end."""
        began_s = self._began_s
        if began_s is not None and self._clock() - began_s > LOOK_LASTS_AT_MOST_S:
            raise StoreUnavailable(StoreTrouble.UNREACHABLE)
        if self._trouble is not None:
            raise StoreUnavailable(self._trouble)

    def look(self) -> None:
        """Look once."""
        self._began_s = self._clock()
        try:
            self._look()
        except StoreUnavailable as error:
            self._trouble = error.trouble
        except Exception:  # whatever it was, nothing can be kept
            self._trouble = StoreTrouble.UNREACHABLE
        else:
            self._trouble = None
        finally:
            self._began_s = None

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.look()
            self._stopped.wait(self._every_s)
