"""A :class:`~skinapp.model.engine.ThreadShare` for measuring on one thread."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext


class OneThread:
    """For engines that ask with how many threads to compute."""

    def computing(self) -> AbstractContextManager[int]:
        """One."""
        return nullcontext(1)
