"""Memory of a worker while thousands of uploads go through: where it starts, grows to and ends.

Starts skinapp, lets 16 clients upload, and looks at every worker each few seconds; with ``--peers``
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

from benchmarks.load import Client, Outcome, Target  # noqa: E402 - the path has to be set first
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.peers.known import NAIVE  # noqa: E402 - likewise
from benchmarks.processes import (  # noqa: E402 - likewise
    peak_mb,
    proportional_mb,
    resident_mb,
    workers_of,
)
from benchmarks.servers import our_server, peer_server  # noqa: E402 - likewise
from benchmarks.slopes import FEWEST_SAMPLES, Trend, trend  # noqa: E402 - likewise
from skinapp.synthetic import lesion_jpeg  # noqa: E402 - likewise

CONCURRENCY = 16
MOST_MB = 400.0
MOST_MB_PER_1000 = 1.0
# Until then pools and caches fill.
FIRST_REQUESTS = 300
_LOOK_EVERY_S = 2.0
# A client that comes again at once would measure how fast it is turned away.
_COME_AGAIN_S = 0.2
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
    """Upload until so many are answered; a sample before, every 2 seconds, and after.

    Raises :class:`RuntimeError` where an upload gets another answer than 200 or 503.
    """
    photo = lesion_jpeg("melanoma", seed=5, width_px=600, height_px=450)
    outcome, lock = Outcome(), threading.Lock()

    def run(client: Client) -> None:
        while len(outcome.latencies_s) < requests and not outcome.failures:
            status = client.upload()
            with lock:
                outcome.count(status, 0.0)
            if status == 503:
                time.sleep(_COME_AGAIN_S)

    those = [Client(target, photo) for _ in range(clients)]
    yield sample(target, 0)
    threads = [threading.Thread(target=run, args=(client,)) for client in those]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        threads[0].join(_LOOK_EVERY_S)
        with suppress(OSError):  # some servers end a worker and begin another
            yield sample(target, len(outcome.latencies_s))
    for client in those:
        client.close()
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
    """MB of the whole server in 1,000 uploads, after the first 300; None for too few samples."""
    settled = [s for s in samples if s.answered >= FIRST_REQUESTS]
    if len(settled) < FEWEST_SAMPLES:
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
