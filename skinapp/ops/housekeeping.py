"""What has to happen from time to time, whether anybody asks for a page or not."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import structlog

PURGE_EVERY_S = 3600.0


class Housekeeper:
    """Removes expired cases at once and then every hour, in a thread that ends with the process.

    A failure (a locked database, say) is logged and tried again the next time.
    """

    def __init__(self, purge: Callable[[], int], every_s: float = PURGE_EVERY_S) -> None:
        self._purge, self._every_s = purge, every_s
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after a purge under way."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        log = structlog.get_logger("skinapp.housekeeping")
        while not self._stopped.is_set():
            try:
                removed = self._purge()
            except Exception:  # whatever it was, the next hour may be better
                log.exception("purge_failed")
            else:
                if removed:
                    log.info("purged", cases=removed)
            self._stopped.wait(self._every_s)
