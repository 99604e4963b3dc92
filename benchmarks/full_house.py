"""More uploads than can be answered: how soon others are turned away, how soon probes answer.

Starts skinapp, keeps many clients uploading, and asks /healthz and /readyz all the while.  Clients
and probes are processes of their own, so that what is timed is the server: in one process, the
probes waited for the clients' interpreter lock.  Beside the server a bare one, which only answers,
is asked in the same way: so long takes any answer on this machine under this load.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the path has to be set first

from benchmarks.load import Target, must_answer  # noqa: E402 - likewise
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.parties import (  # noqa: E402 - likewise
    Party,
    Probes,
    Times,
    Uploaders,
    ask_together,
)
from benchmarks.photos import answered_photo  # noqa: E402 - likewise
from benchmarks.servers import bare_server, our_server  # noqa: E402 - likewise

PROBES = ("/healthz", "/readyz")
MOST_PROBE_MS = 50.0
ANSWERED, TURNED_AWAY = "upload answered 303", "upload turned away"


def flood(target: Target, bare: Target, *, seconds: float, clients: int) -> Times:
    """Seconds that each kind of answer took: the probes, and uploads by their status."""
    parties: list[Party] = [
        Uploaders(target, clients),
        Probes(target.port, PROBES),
        Probes(bare.port, (bare.path,)),
    ]
    found: Times = {}
    for times in ask_together(parties, seconds=seconds):
        found |= times
    return found


def table(times: Times) -> dict[str, dict[str, float]]:
    """Count and percentiles in ms."""
    rows = {}
    for name, found in sorted(times.items()):
        p50, p99, most = np.percentile(np.array(found) * 1000, [50, 99, 100])
        rows[name] = {
            "count": len(found),
            "p50_ms": round(float(p50), 1),
            "p99_ms": round(float(p99), 1),
            "most_ms": round(float(most), 1),
        }
    return rows


def main() -> int:
    """Measure, print a table, write JSON."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    with (
        tempfile.TemporaryDirectory() as data,
        our_server(Path(data), options.model) as target,
        bare_server() as bare,
    ):
        must_answer(target, answered_photo())
        rows = table(flood(target, bare, seconds=options.seconds, clients=options.clients))
    for name, row in rows.items():
        print(f"{name:45}", *(f"{label} {value:8}" for label, value in row.items()))
    write_findings(options.out, machine, {"clients": options.clients, "answers": rows})
    return 0 if is_fine(rows) else 1


def is_fine(rows: dict[str, dict[str, float]]) -> bool:
    """Whether every probe was answered with 200, and 99 of 100 in time.

    And whether every upload was answered or turned away, one of them answered at least: of a
    server that fails at once it says nothing that its probes are quick.
    """
    probes = {name: row for name, row in rows.items() if name.startswith(PROBES)}
    uploads = {name for name in rows if name.startswith("upload")}
    in_time = all(row["p99_ms"] <= MOST_PROBE_MS for row in probes.values())
    all_answered = {f"{path} 200" for path in PROBES} == set(probes)
    return in_time and all_answered and {ANSWERED} <= uploads <= {ANSWERED, TURNED_AWAY}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="full_house.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
