"""How many uploads come in at once: some are worked on, some wait, all others are turned away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from skinapp.domain.errors import TooBusy

# By then those that are inside now have their answers, as measured on two cores.
RETRY_AFTER_S = 5


class Admission:
    """The counter at the door of one process.  Safe to use from several threads.

    ``at_once`` photos are worked on side by side, ``waiting`` more may wait for their turn.  An
    upload is inside from its first byte to its answer, so that slow ones count as well.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._places = at_once + waiting
        self._inside, self._counting = 0, Lock()
        self._turns = Semaphore(at_once)

    @property
    def inside(self) -> int:
        """Uploads that are inside now."""
        return self._inside

    def enter(self) -> None:
        """Take a place; :meth:`leave` gives it back.

        Raises :class:`~skinapp.domain.errors.TooBusy` at once where none is free.
        """
        with self._counting:
            if self._inside >= self._places:
                raise TooBusy(retry_after_s=RETRY_AFTER_S)
            self._inside += 1

    def leave(self) -> None:
        """Give the place back."""
        with self._counting:
            self._inside -= 1

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until it is this upload's turn to be worked on."""
        with self._turns:
            yield
