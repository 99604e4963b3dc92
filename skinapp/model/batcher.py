"""Puts together what arrives while something computes.  Standard library only."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batcher(Generic[Item, Answer]):
    """Answers items in batches: what arrives while one computes goes into the next.

    ``compute`` gets at most ``most`` items in the order in which they came, and gives as many
    answers in the same order.  One thread calls it, never twice at once.  Nobody waits for a batch
    to fill: an item that finds nothing computing begins at once, alone.  A batch that fails is
    halved until the failure has found the item that it belongs to, or until the batch is small
    enough for the memory; so one item takes down nobody else.  Safe to call from several threads.
    """

    def __init__(self, compute: Callable[[Sequence[Item]], Sequence[Answer]], most: int) -> None:
        self.most = most
        self._compute = compute
        self._waiting: deque[tuple[Item, Future[Answer]]] = deque()
        self._counter = Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="batches")

    def submit(self, item: Item) -> Future[Answer]:
        """Join the next batch.  Raises ``RuntimeError`` once the batcher is closed."""
        answer: Future[Answer] = Future()
        with self._counter:
            # Every item brings a run along, so none is left over; a run that finds nothing,
            # because the one before has taken all, is over at once.  Where the thread takes no
            # more runs this raises, and the item does not wait in vain.
            self._thread.submit(self._run)
            self._waiting.append((item, answer))
        return answer

    def close(self) -> None:
        """Take no more, answer all who wait, and end the thread."""
        self._thread.shutdown()

    def _run(self) -> None:
        with self._counter:
            taken = [self._waiting.popleft() for _ in range(min(self.most, len(self._waiting)))]
        batch = [entry for entry in taken if entry[1].set_running_or_notify_cancel()]
        if batch:
            self._answer(batch)

    def _answer(self, batch: list[tuple[Item, Future[Answer]]]) -> None:
        if self._is_settled(batch):
            return
        # After the failure is forgotten, not while it is handled: its traceback holds what the
        # computation had allocated, on a GPU the very memory that was short.
        half = len(batch) // 2
        self._answer(batch[:half])
        self._answer(batch[half:])

    def _is_settled(self, batch: list[tuple[Item, Future[Answer]]]) -> bool:
        """Compute, and tell all their answers or one its failure; False: several failed."""
        try:
            answers = self._compute([item for item, _ in batch])
            answered = list(zip(batch, answers, strict=True))
        except BaseException as failure:  # whatever it is, somebody waits for it
            if len(batch) > 1:
                return False
            batch[0][1].set_exception(failure)
            return True
        for (_, future), answer in answered:
            future.set_result(answer)
        return True
