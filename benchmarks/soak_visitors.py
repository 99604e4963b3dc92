"""Those who load a server for a long time, and what they saw."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.load import Client, Target
from benchmarks.photos import answered_photo
from benchmarks.processes import Holding
from tests.hostile.uploads import KINDS, of_kind

SIZES = ((600, 450), (1024, 768), (4000, 3000))
# What a client does next; most of it is what clinics do.  Who has no case to open or to delete goes
# to the start page instead, which is an act of its own.
ACTS = {"photo": 10, "hostile": 3, "page": 4, "delete": 2, "probe": 3}
# gunicorn.conf.py closes connections that were idle for 10 s, as it may; by the client's clock
# that can be a little sooner.
_MAY_BE_CLOSED_AFTER_S = 9.0
_BEAT_S = 0.5
_STANDSTILL_S = 2.0
_PAUSE_AFTER_LOSS_S = 0.5
Request = Callable[[Client], int]


@dataclass(frozen=True, slots=True)
class Loss:
    """A connection that ended without an answer; times in seconds since the beginning."""

    act: str
    began_s: float
    ended_s: float
    idle_s: float  # before the request, since the last answer
    error: str
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Standstill:
    """A time in which the machine let nobody run, seconds since the beginning."""

    began_s: float
    ended_s: float


@dataclass(slots=True)
class Findings:
    """What all visitors saw; times in seconds since the beginning."""

    began: float = field(default_factory=time.monotonic)
    answers: list[tuple[float, float]] = field(default_factory=list)  # when asked, how long
    statuses_of: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    losses: list[Loss] = field(default_factory=list)
    standstills: list[Standstill] = field(default_factory=list)
    samples: list[tuple[float, int, Holding]] = field(default_factory=list)
    gave_up: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Let the time count from now on."""
        self.began = time.monotonic()

    def clock(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered, to whatever act."""
        with self.lock:
            return sum(self.statuses_of.values(), Counter[int]())


def to_blame(loss: Loss, standstills: list[Standstill]) -> str:
    """Why a connection was lost: ``server``, unless there is another reason that is known.

    ``idle``: a connection that nobody had used for as long as the server keeps one, and that was
    closed while the request was on its way.  ``hostile``: a server may hang up on a body that it
    refuses.  ``machine``: for seconds, nobody on the machine could run.
    """
    if not loss.timed_out and loss.idle_s >= _MAY_BE_CLOSED_AFTER_S:
        return "idle"
    if not loss.timed_out and loss.act == "hostile":
        return "hostile"
    if any(loss.began_s < s.ended_s and s.began_s < loss.ended_s for s in standstills):
        return "machine"
    return "server"


class Visitor(threading.Thread):
    """One browser that does this and that until it is told to stop."""

    def __init__(
        self, target: Target, findings: Findings, seed: int, stop: threading.Event
    ) -> None:
        super().__init__(name=f"visitor {seed}", daemon=True)
        self._target, self._findings, self._stop_asked = target, findings, stop
        self._chance = random.Random(seed)
        self._photos = [answered_photo(size) for size in SIZES]
        self._client: Client | None = None
        self._case = ""
        self._last_answer_s = 0.0

    def run(self) -> None:
        """Act until asked to stop."""
        while not self._stop_asked.is_set():
            act = self._chance.choices(list(ACTS), weights=list(ACTS.values()))[0]
            if act in {"page", "delete"} and not self._case:
                act = "start"
            # Made before the clock starts: some take a second.
            request = self._request(act)
            began_s = self._findings.clock()
            try:
                status = self._ask(request)
            except (OSError, http.client.HTTPException) as error:
                self._note_loss(act, began_s, error)
                self._stop_asked.wait(_PAUSE_AFTER_LOSS_S)
            else:
                self._note_answer(act, began_s, status)

    def _ask(self, request: Request) -> int:
        if self._client is None:
            self._client = Client(self._target, self._photos[0])
        return request(self._client)

    def _note_answer(self, act: str, began_s: float, status: int) -> None:
        self._last_answer_s = self._findings.clock()
        with self._findings.lock:
            self._findings.statuses_of[act][status] += 1
            if act == "photo" and status == http.HTTPStatus.SEE_OTHER:
                self._findings.answers.append((began_s, self._last_answer_s - began_s))

    def _note_loss(self, act: str, began_s: float, error: Exception) -> None:
        # A connection that was just made was not idle.
        idle_s = began_s - self._last_answer_s if self._client else 0.0
        if self._client:
            self._client.close()
        # The next one is another browser, to which the case does not belong.
        self._client, self._case = None, ""
        loss = Loss(
            act,
            began_s,
            self._findings.clock(),
            idle_s,
            type(error).__name__,
            isinstance(error, TimeoutError),
        )
        with self._findings.lock:
            self._findings.losses.append(loss)

    def _request(self, act: str) -> Request:
        if act == "photo":
            photo = self._chance.choices(self._photos, (6, 3, 1))[0]
            return lambda client: self._upload(client, photo)
        if act == "hostile":
            kind = self._chance.choice(list(KINDS))
            data = of_kind(kind, self._chance.randrange(10_000)).data
            return lambda client: client.post(data)[0]
        if act == "probe":
            probe = self._chance.choice(("/healthz", "/readyz"))
            return lambda client: client.get(probe)
        if act == "start":
            return lambda client: client.get("/")
        case = self._case
        if act == "delete":
            self._case = ""
            return lambda client: client.submit(f"{case}/delete")
        page = case + self._chance.choice(("", "/print", "/photo.jpg"))
        return lambda client: client.get(page)

    def _upload(self, client: Client, photo: bytes) -> int:
        status, self._case = client.post(photo)
        return status


class Heartbeat(threading.Thread):
    """Asks to be woken twice a second, and notes when that came seconds late."""

    def __init__(self, findings: Findings, stop: threading.Event) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._findings, self._stop_asked = findings, stop

    def run(self) -> None:
        """Beat until asked to stop."""
        while not self._stop_asked.is_set():
            began_s = self._findings.clock()
            self._stop_asked.wait(_BEAT_S)
            ended_s = self._findings.clock()
            if ended_s - began_s > _BEAT_S + _STANDSTILL_S:
                self._findings.standstills.append(Standstill(began_s, ended_s))
