"""Mixed load for a long time: flat memory, no lost descriptor, a steady p99.

Starts skinapp, and lets clients upload photos and hostile files, open, print and delete cases, and
ask the probes.  Stops by itself; the exit code is 1 where a bound is broken for sure.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load import Target, children, must_answer  # noqa: E402 - the path has to be set first
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.photos import answered_photo  # noqa: E402 - likewise
from benchmarks.processes import holding_of  # noqa: E402 - likewise
from benchmarks.servers import our_server  # noqa: E402 - likewise
from benchmarks.soak_report import report  # noqa: E402 - likewise
from benchmarks.soak_visitors import Findings, Heartbeat, Visitor  # noqa: E402 - likewise

SAMPLES = 20  # or more: one every five seconds
_LAST_ANSWER_WITHIN_S = 130.0


def soak(target: Target, *, seconds: float, clients: int) -> Findings:
    """Load a server and look at it every few seconds."""
    stop, findings = threading.Event(), Findings()
    visitors = [Visitor(target, findings, seed, stop) for seed in range(clients)]
    # Drawing the visitors' photos took some time.
    findings.begin()
    for thread in (*visitors, Heartbeat(findings, stop)):
        thread.start()
    while (now_s := findings.clock()) < seconds:
        done = sum(findings.statuses.values())
        with suppress(OSError):  # a worker ended: it is counted as one that died
            findings.samples.append((now_s, done, holding_of(target.pid)))
        stop.wait(min(5.0, seconds / SAMPLES))
    findings.gave_up = sum(not visitor.is_alive() for visitor in visitors)
    stop.set()
    for visitor in visitors:
        visitor.join(_LAST_ANSWER_WITHIN_S)
    findings.gave_up += sum(visitor.is_alive() for visitor in visitors)
    return findings


def main() -> int:
    """Soak, print what was found, write JSON."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    seconds = 60 * options.minutes
    with tempfile.TemporaryDirectory() as data, our_server(Path(data), options.model) as target:
        must_answer(target, answered_photo())
        began = set(children(target.pid))
        findings = soak(target, seconds=seconds, clients=options.clients)
        died = len(began - set(children(target.pid)))
    try:
        found = report(findings, seconds=seconds, workers_that_died=died)
    except ValueError as error:
        raise SystemExit(f"Too short to tell anything: {error}") from None
    found |= {"model": options.model, "clients": options.clients}
    for name, value in found.items():
        if name not in {"samples", "losses", "standstills"}:
            print(f"{name:28} {value}")
    write_findings(options.out, machine, found)
    return 1 if "broken" in found["verdicts"].values() else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soak.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
