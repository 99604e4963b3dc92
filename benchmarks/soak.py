"""Mixed load for a long time: flat memory, no lost descriptor, a steady p99.

Starts skinapp, and lets clients upload photos and hostile files, open, print and delete cases, and
ask the probes.  Stops by itself; the exit code says whether it stayed within the bounds.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the path has to be set first

from benchmarks.load import Client, Target, children  # noqa: E402 - likewise
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.processes import Holding, holding_of  # noqa: E402 - likewise
from benchmarks.servers import our_server  # noqa: E402 - likewise
from skinapp.synthetic import lesion_jpeg  # noqa: E402 - likewise
from tests.hostile.uploads import KINDS, of_kind  # noqa: E402 - likewise

SIZES = ((600, 450), (1024, 768), (4000, 3000))
# What a client does next; most of it is what clinics do.
ACTS = {"photo": 10, "hostile": 3, "page": 4, "delete": 2, "probe": 3}
FIRST_SHARE = 0.25  # of the time, in which pools and caches fill
MOST_MB_PER_1000 = 1.0
MOST_MORE_DESCRIPTORS = 8
FINE = {200, 303, 400, 404, 413, 422, 503}


@dataclass(slots=True)
class Findings:
    """What all clients saw; times in seconds since the beginning."""

    answers: list[tuple[float, float]] = field(default_factory=list)  # when, how long
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    samples: list[tuple[float, int, Holding]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Visitor(threading.Thread):
    """One browser that does this and that until it is told to stop."""

    def __init__(
        self, target: Target, findings: Findings, seed: int, stop: threading.Event
    ) -> None:
        super().__init__(name=f"visitor {seed}", daemon=True)
        self._target, self._findings, self._stop_asked = target, findings, stop
        self._chance = random.Random(seed)
        self._photos = [
            lesion_jpeg("nevus", seed=seed, width_px=width, height_px=height)
            for width, height in SIZES
        ]
        self._case = ""
        self.began_s = time.monotonic()

    def run(self) -> None:
        """Act until asked to stop."""
        client = Client(self._target, self._photos[0])
        while not self._stop_asked.is_set():
            act = self._chance.choices(list(ACTS), weights=list(ACTS.values()))[0]
            began = time.monotonic()
            try:
                status = self._act(client, act)
            except OSError:
                with self._findings.lock:
                    self._findings.lost += 1
                client = Client(self._target, self._photos[0])
                continue
            with self._findings.lock:
                self._findings.statuses[status] += 1
                if act == "photo" and status == 303:
                    self._findings.answers.append((began - self.began_s, time.monotonic() - began))

    def _act(self, client: Client, act: str) -> int:
        if act == "photo":
            status, self._case = client.post(self._chance.choices(self._photos, (6, 3, 1))[0])
            return status
        if act == "hostile":
            kind = self._chance.choice(list(KINDS))
            return client.post(of_kind(kind, self._chance.randrange(10_000)).data)[0]
        if act == "probe":
            return client.get(self._chance.choice(("/healthz", "/readyz")))
        if not self._case:
            return client.get("/")
        if act == "delete":
            case, self._case = self._case, ""
            return client.submit(f"{case}/delete")
        return client.get(self._case + self._chance.choice(("", "/print", "/photo.jpg")))


def soak(target: Target, *, seconds: float, clients: int) -> Findings:
    """Load a server and look at it every few seconds."""
    findings, stop = Findings(), threading.Event()
    visitors = [Visitor(target, findings, seed, stop) for seed in range(clients)]
    for visitor in visitors:
        visitor.start()
    began = time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        done = sum(findings.statuses.values())
        findings.samples.append((now, done, holding_of(target.pid)))
        stop.wait(min(5.0, seconds / 20))
    stop.set()
    for visitor in visitors:
        visitor.join(120)
    return findings


def report(findings: Findings, *, seconds: float) -> dict[str, Any]:
    """Slopes and percentiles; the first quarter, in which caches fill, does not count."""
    settled = [sample for sample in findings.samples if sample[0] >= FIRST_SHARE * seconds]
    requests = np.array([done for _, done, _ in settled], float)
    memory = np.array([holding.resident_mb for _, _, holding in settled])
    times = [took for when, took in findings.answers if when >= FIRST_SHARE * seconds]
    half = seconds * (1 + FIRST_SHARE) / 2
    early = [took for when, took in findings.answers if FIRST_SHARE * seconds <= when < half]
    late = [took for when, took in findings.answers if when >= half]
    return {
        "minutes": round(seconds / 60, 1),
        "requests": sum(findings.statuses.values()),
        "statuses": {str(code): count for code, count in sorted(findings.statuses.items())},
        "lost_connections": findings.lost,
        "memory_mb_per_1000_requests": round(1000 * float(np.polyfit(requests, memory, 1)[0]), 3),
        "memory_first_mb": round(float(memory[0]), 1),
        "memory_last_mb": round(float(memory[-1]), 1),
        "largest_worker_peak_mb": round(max(h.peak_mb for _, _, h in settled), 1),
        "descriptors_first": settled[0][2].descriptors,
        "descriptors_last": settled[-1][2].descriptors,
        "p50_ms": _percentile_ms(times, 50),
        "p99_ms": _percentile_ms(times, 99),
        "p99_first_half_ms": _percentile_ms(early, 99),
        "p99_second_half_ms": _percentile_ms(late, 99),
        "samples": [[round(when), done, asdict(h)] for when, done, h in findings.samples],
    }


def _percentile_ms(times_s: list[float], percent: float) -> float:
    return round(1000 * float(np.percentile(times_s, percent)), 1) if times_s else float("nan")


def is_fine(found: dict[str, Any]) -> bool:
    """No failure, no lost answer, flat memory, descriptors that come back."""
    failures = {int(code) for code in found["statuses"]} - FINE
    more_descriptors = found["descriptors_last"] - found["descriptors_first"]
    return (
        not failures
        and not found["lost_connections"]
        and found["memory_mb_per_1000_requests"] <= MOST_MB_PER_1000
        and more_descriptors <= MOST_MORE_DESCRIPTORS
    )


def main() -> int:
    """Soak, print what was found, write JSON."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    seconds = 60 * options.minutes
    with tempfile.TemporaryDirectory() as data, our_server(Path(data), options.model) as target:
        began = set(children(target.pid))
        found = report(soak(target, seconds=seconds, clients=options.clients), seconds=seconds)
        found["workers_that_died"] = len(began - set(children(target.pid)))
    for name, value in found.items():
        if name != "samples":
            print(f"{name:28} {value}")
    write_findings(options.out, machine, found)
    return 0 if is_fine(found) and not found["workers_that_died"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soak.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
