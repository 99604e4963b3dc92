"""Those who ask a server, each party in a process of its own.

Threads of one Python process share one interpreter lock: 64 clients beside the probes that are
timed make the probes wait for the clients, and the server gets the blame.  Each party also gets a
session of its own, because Linux shares the processor out between sessions first (autogroup):
a probe comes from another machine and would not wait for other clients' processor time either.
"""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Protocol

from benchmarks.load import COME_AGAIN_S, Client, Target
from benchmarks.photos import answered_photo

# What was asked and how it was answered: seconds that each answer took.
Times = dict[str, list[float]]
# Asks once; gives what was asked and answered, and the seconds that it took.
Act = Callable[[], tuple[str, float]]

_PROBE_TIMEOUT_S = 60.0
# Starting a process and importing, on a busy machine.
_READY_WITHIN_S = 120.0
_EVERYBODY: list[Barrier] = []


class Party(Protocol):
    """Threads of one process that ask together.  Has to be picklable."""

    @property
    def pause_s(self) -> float:
        """How long each thread waits between two acts."""

    def acts(self) -> Sequence[Act]:
        """What each thread does again and again; called in the new process."""


@dataclass(frozen=True, slots=True)
class Probes:
    """Ask each path again and again, every time on a new connection, as load balancers do."""

    port: int
    paths: tuple[str, ...]
    pause_s: float = 0.02

    def acts(self) -> Sequence[Act]:
        """A thread for each path."""
        return [_probe(self.port, path) for path in self.paths]


@dataclass(frozen=True, slots=True)
class Uploaders:
    """Browsers that upload without a pause, unless they are turned away."""

    target: Target
    clients: int
    pause_s: float = 0.0

    def acts(self) -> Sequence[Act]:
        """A thread for each browser."""
        photo = answered_photo()
        return [_upload(Client(self.target, photo), photo) for _ in range(self.clients)]


def ask_together(parties: Sequence[Party], *, seconds: float) -> list[Times]:
    """Let all parties ask for a time that begins when the last one is ready.

    Every thread of a party asks at least once.
    """
    spawn = get_context("spawn")
    everybody = spawn.Barrier(len(parties))
    with ProcessPoolExecutor(
        len(parties), mp_context=spawn, initializer=_remember, initargs=(everybody,)
    ) as pool:
        asking = [pool.submit(_ask, party, seconds) for party in parties]
        return [times.result() for times in asking]


def _remember(everybody: Barrier) -> None:
    """In a new process; a barrier can be handed over only while one begins."""
    _EVERYBODY.append(everybody)


def _ask(party: Party, seconds: float) -> Times:
    os.setsid()
    acts, times = party.acts(), defaultdict[str, list[float]](list)
    troubles: list[Exception] = []
    _EVERYBODY[0].wait(_READY_WITHIN_S)
    end = time.monotonic() + seconds

    def repeat(act: Act) -> None:
        while True:
            try:
                name, took_s = act()
            except (OSError, http.client.HTTPException) as error:
                troubles.append(error)
                return
            times[name].append(took_s)
            if time.monotonic() > end:
                return
            time.sleep(party.pause_s)

    threads = [threading.Thread(target=repeat, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        # With fewer clients than it says a full house is none.
        raise RuntimeError(f"{len(troubles)} of {len(threads)} stopped; {troubles[0]!r}")
    return dict(times)


def _probe(port: int, path: str) -> Act:
    def act() -> tuple[str, float]:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PROBE_TIMEOUT_S)
        try:
            connection.request("GET", path)
            answer = str(connection.getresponse().status)
        except (OSError, http.client.HTTPException):
            answer = "not answered"
        finally:
            connection.close()
        return f"{path} {answer}", time.monotonic() - began

    return act


def _upload(client: Client, photo: bytes) -> Act:
    def act() -> tuple[str, float]:
        began = time.monotonic()
        status, _ = client.post(photo)
        took_s = time.monotonic() - began
        if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            time.sleep(COME_AGAIN_S)
            return "upload turned away", took_s
        return f"upload answered {status}", took_s

    return act
