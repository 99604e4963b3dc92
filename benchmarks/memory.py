"""Memory of a worker while thousands of uploads go through: where it starts, grows to and ends.

Starts skinapp, lets 16 clients upload, and looks at every worker twice a second; with ``--peers``
also the naive peer, with fewer uploads.  Prints, writes JSON, and ends with 1 where a worker of
skinapp holds more than its bound or goes on growing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load import (  # noqa: E402 - the path has to be set first
    COME_AGAIN_S,
    Client,
    Outcome,
    Target,
    browsers,
    check_map,
)
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.peers.known import NAIVE  # noqa: E402 - likewise
from benchmarks.photos import answered_photo  # noqa: E402 - likewise
from benchmarks.processes import (  # noqa: E402 - likewise
    peak_mb,
    proportional_mb,
    resident_mb,
    workers_of,
)
from benchmarks.servers import our_server, peer_server  # noqa: E402 - likewise
from benchmarks.slopes import WHOLE_SAMPLES, Trend, trend  # noqa: E402 - likewise

CONCURRENCY = 16
MOST_MB = 400.0
MOST_MB_PER_1000 = 1.0
# Until then pools and caches fill.
FIRST_REQUESTS = 300
# Fewer tell nothing of how memory grows in 1,000.
FEWEST_REQUESTS = 1000
_LOOK_EVERY_S = 0.5
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory of a server's workers, in MB, after so many answered uploads.

    ``resident_mb`` and ``peak_mb``: of each worker.  ``proportional_mb``: of the whole server,
    every page counted once.
    """

    answered: int
    resident_mb: tuple[float, ...]
    peak_mb: tuple[float, ...]
    proportional_mb: float


def sample(target: Target, answered: int) -> Sample:
    """Look once.  Raises :class:`OSError` where a worker ends meanwhile."""
    workers = workers_of(target.pid)
    return Sample(
        answered,
        tuple(resident_mb(worker) for worker in workers),
        tuple(peak_mb(worker) for worker in workers),
        sum(proportional_mb(process) for process in {target.pid, *workers}),
    )


def load(target: Target, requests: int, clients: int = CONCURRENCY) -> Iterator[Sample]:
    """Upload until so many are answered; a sample before, twice a second, and after.

    None while the last clients wait for their answers: the server has less to do then.  Raises
    :class:`RuntimeError` where an upload gets another answer than 200 or 503, or none.
    """
    photo = answered_photo()
    outcome, lock, one_stopped = Outcome(), threading.Lock(), threading.Event()

    def run(client: Client) -> None:
        try:
            while len(outcome.latencies_s) < requests and not outcome.failures:
                status, _ = client.upload()
                with lock:
                    outcome.count(status, 0.0)
                if status == 503:
                    time.sleep(COME_AGAIN_S)
        finally:
            one_stopped.set()

    with browsers(target, photo, clients) as those:
        yield sample(target, 0)
        check_map(target, *those[0].upload())
        threads = [threading.Thread(target=run, args=(client,)) for client in those]
        for thread in threads:
            thread.start()
        while not one_stopped.wait(_LOOK_EVERY_S):
            with suppress(OSError):  # some servers end a worker and begin another
                yield sample(target, len(outcome.latencies_s))
        for thread in threads:
            thread.join()
    if outcome.failures or len(outcome.latencies_s) < requests:
        raise RuntimeError(f"{target.name} did not answer every upload")
    yield sample(target, len(outcome.latencies_s))


def row(samples: list[Sample]) -> Row:
    """What the samples of one server say; all of a worker's figures are the largest one's."""
    after = next((s for s in samples if s.answered >= FIRST_REQUESTS), samples[-1])
    grown = growth(samples)
    return {
        "workers": len(samples[-1].resident_mb),
        "uploads": samples[-1].answered,
        "start_mb": round(max(samples[0].resident_mb), 1),
        f"after_{FIRST_REQUESTS}_mb": round(max(after.resident_mb), 1),
        "end_mb": round(max(samples[-1].resident_mb), 1),
        "peak_mb": round(max(samples[-1].peak_mb), 1),
        "server_end_mb": round(samples[-1].proportional_mb, 1),
        "mb_per_1000_uploads": grown.rounded(2) if grown else None,
        "samples": [[s.answered, *(round(mb, 1) for mb in s.resident_mb)] for s in samples],
    }


def growth(samples: list[Sample]) -> Trend | None:
    """MB of the whole server in 1,000 uploads, after the first 300.

    None for too few samples, or too few uploads between the first and the last one.
    """
    settled = [s for s in samples if s.answered >= FIRST_REQUESTS]
    if len(settled) < WHOLE_SAMPLES:
        return None
    if settled[-1].answered - settled[0].answered < FEWEST_REQUESTS:
        return None
    line = trend([s.answered for s in settled], [s.proportional_mb for s in settled])
    return line.times(1000)


def is_fine(found: Row) -> bool:
    """Whether a worker stays below its bound, and is not known to go on growing."""
    slope = found["mb_per_1000_uploads"]
    grows = slope is not None and Trend(*slope).verdict(MOST_MB_PER_1000) == "broken"
    return bool(found["end_mb"] <= MOST_MB) and not grows


def main() -> int:
    """Measure, print, write JSON."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    rows = {}
    with tempfile.TemporaryDirectory() as data:
        # Not at once: the peer takes gigabytes.
        rows["skinapp"] = _measure(our_server(Path(data), options.model), options.requests)
        if options.peers:
            folder = ROOT / "weights" / options.model
            peer = peer_server(NAIVE.name, NAIVE.script, folder)
            rows[NAIVE.name] = _measure(peer, options.peer_requests)
    write_findings(
        options.out, machine, {"model": options.model, "clients": CONCURRENCY, "servers": rows}
    )
    return 0 if is_fine(rows["skinapp"]) else 1


def _measure(server: AbstractContextManager[Target], requests: int) -> Row:
    with server as target:
        began = time.monotonic()
        found = row(list(load(target, requests)))
        print(target.name, f"{time.monotonic() - began:.0f} s")
    for name, value in found.items():
        if name != "samples":
            print(f"    {name:20} {value}", flush=True)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memory.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--peers", action="store_true", help="the naive peer as well: 11 GB")
    parser.add_argument("--peer-requests", type=int, default=400)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
