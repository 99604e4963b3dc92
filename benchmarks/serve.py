"""skinapp and its peers under the same load, in one run.

Starts the servers on loopback, sends the same photos at several concurrencies to one after the
other, and prints requests a second, latencies and the ratio to the naive peer.  Stops by itself.
With ``--peers`` also FastAPI and LitServe, where they are installed (requirements-bench.txt).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load import Target, measure  # noqa: E402 - the path has to be set first
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.peers.known import NAIVE, PEERS, Peer, missing_packages  # noqa: E402 - likewise
from benchmarks.photos import PHOTOS, answered_photo  # noqa: E402 - likewise
from benchmarks.servers import our_server, peer_server  # noqa: E402 - likewise

CONCURRENCIES = (1, 4, 16)
Row = dict[str, Any]


def main() -> int:
    """Measure, print a table, write JSON."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    peers, absent = _choose_peers(with_all=options.peers)
    folder = ROOT / "weights" / options.model
    with ExitStack() as running, tempfile.TemporaryDirectory() as data:
        others = [
            running.enter_context(peer_server(peer.name, peer.script, folder)) for peer in peers
        ]
        us = running.enter_context(our_server(Path(data), options.model))
        rows = list(_rounds(us, others, options.seconds))
    found = {"seconds": options.seconds, "not_installed": absent, "rows": rows}
    write_findings(options.out, machine, found)
    return 0 if all(is_good_enough(row) for row in rows) else 1


def _choose_peers(*, with_all: bool) -> tuple[list[Peer], dict[str, list[str]]]:
    """The peers that can run, and for the others the packages that are missing."""
    if not with_all:
        return [NAIVE], {}
    missing = {peer.name: missing_packages(peer) for peer in PEERS}
    absent = {name: packages for name, packages in missing.items() if packages}
    for name, packages in absent.items():
        print(f"{name} is left out: {', '.join(packages)} not installed (requirements-bench.txt)")
    return [peer for peer in PEERS if peer.name not in absent], absent


def _rounds(us: Target, peers: Sequence[Target], seconds: float) -> Iterator[Row]:
    print(
        f"{'photo':10} {'at once':>7} {'server':8} {'req/s':>7} {'p50':>8} {'p95':>8} {'p99':>8}"
        f" {'CPU ms':>7} {'failed':>6} {'ratio':>6}"
    )
    for photo_name, size in PHOTOS.items():
        photo = answered_photo(size)
        for concurrency in CONCURRENCIES:
            found: dict[str, Row] = {}
            for target in (*peers, us):
                outcome = measure(target, photo, concurrency=concurrency, seconds=seconds)
                found[target.name] = outcome.row()
            for name, row in found.items():
                _print(photo_name, concurrency, name, row, found[NAIVE.name])
            ratio = _ratio(found[us.name], found[NAIVE.name])
            yield {"photo": photo_name, "concurrency": concurrency, "ratio": ratio, **found}


def _print(photo: str, concurrency: int, name: str, row: Row, naive: Row) -> None:
    ratio = _ratio(row, naive)
    print(
        f"{photo:10} {concurrency:7} {name:8} {row['requests_per_s']:7.2f}"
        f" {row['p50_ms']:8.0f} {row['p95_ms']:8.0f} {row['p99_ms']:8.0f}"
        f" {row['processor_ms_per_request']:7.0f} {row['failures']:6}"
        f" {'none' if ratio is None else format(ratio, '.2f'):>6}",
        flush=True,
    )


def _ratio(row: Row, naive: Row) -> float | None:
    """None where the naive peer answered nothing: there is nothing to compare with."""
    if not naive["requests"]:
        return None
    return round(float(row["requests_per_s"]) / float(naive["requests_per_s"]), 2)


def is_good_enough(row: Row) -> bool:
    """Never slower, twice as fast with large photos, and every upload answered.

    Not good either where the naive peer answered nothing: then nobody knows.
    """
    least = 2.0 if row["photo"] == "4000x3000" else 1.0
    compared = row["ratio"] is not None and row["ratio"] >= least
    return bool(compared and row["skinapp"]["requests"] and row["skinapp"]["failures"] == 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="serve.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--seconds", type=float, default=10, help="time for each measurement")
    parser.add_argument("--peers", action="store_true", help="FastAPI and LitServe as well")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
