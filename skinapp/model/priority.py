"""Lower priority for the threads that compute, so that short answers need not wait for them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")

# A third of the processor time of a thread that answers, where both want it.
NICE = 5


def at_low_priority(act: Callable[[], Result]) -> Result:
    """Do something in a thread of low priority, which the threads that it starts inherit.

    Linux knows a priority for each thread; elsewhere it belongs to the process and is left alone.
    """
    with ThreadPoolExecutor(1, initializer=_step_back) as thread:
        return thread.submit(act).result()


def _step_back() -> None:
    if sys.platform == "linux":
        me = threading.get_native_id()
        # A courtesy, which a hardened system may forbid.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, me, os.getpriority(os.PRIO_PROCESS, me) + NICE)
