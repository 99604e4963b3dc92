"""More uploads than can be answered: how soon others are turned away, how soon probes answer.

Starts skinapp, keeps many clients uploading, and asks /healthz and /readyz all the while.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the path has to be set first

from benchmarks.load import Client, Target  # noqa: E402 - likewise
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.servers import our_server  # noqa: E402 - likewise
from skinapp.synthetic import lesion_jpeg  # noqa: E402 - likewise

PROBES = ("/healthz", "/readyz")
PROBE_EVERY_S = 0.02
MOST_PROBE_MS = 50.0
Times = dict[str, list[float]]


def flood(target: Target, *, seconds: float, clients: int) -> Times:
    """Seconds that each kind of answer took: the probes, and uploads by their status."""
    times: Times = defaultdict(list)
    photo = lesion_jpeg("nevus", seed=5, width_px=600, height_px=450)
    those = [Client(target, photo) for _ in range(clients)]
    end = time.monotonic() + seconds

    def repeat(act: Callable[[], str], pause_s: float) -> None:
        while time.monotonic() < end:
            began = time.monotonic()
            times[act()].append(time.monotonic() - began)
            time.sleep(pause_s)

    acts: list[tuple[Callable[[], str], float]] = [
        (_upload(client, photo), 0.0) for client in those
    ]
    acts += [(_probe(target.port, path), PROBE_EVERY_S) for path in PROBES]
    threads = [threading.Thread(target=repeat, args=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _upload(client: Client, photo: bytes) -> Callable[[], str]:
    def act() -> str:
        status, _ = client.post(photo)
        if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            time.sleep(0.2)  # a client that comes again at once would measure itself
            return "upload turned away (with a pause of 200 ms)"
        return f"upload answered {status}"

    return act


def _probe(port: int, path: str) -> Callable[[], str]:
    def act() -> str:
        # A new connection each time, as a load balancer's probes are.
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return f"{path} {status}"

    return act


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
    with tempfile.TemporaryDirectory() as data, our_server(Path(data), options.model) as target:
        rows = table(flood(target, seconds=options.seconds, clients=options.clients))
    for name, row in rows.items():
        print(f"{name:45}", *(f"{label} {value:8}" for label, value in row.items()))
    write_findings(options.out, machine, {"clients": options.clients, "answers": rows})
    probes = [row for name, row in rows.items() if name.startswith(PROBES)]
    return 0 if all(row["p99_ms"] <= MOST_PROBE_MS for row in probes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="full_house.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
