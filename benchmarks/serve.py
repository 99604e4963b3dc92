"""skinapp and a naive peer under the same load, in one run.

Starts both servers on loopback, sends the same photos at several concurrencies to one after the
other, and prints requests a second, latencies and the ratio.  Stops by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load import Target, measure  # noqa: E402 - the path has to be set first
from skinapp.synthetic import lesion_jpeg  # noqa: E402 - likewise

PHOTOS = {"600x450": (600, 450), "4000x3000": (4000, 3000)}
CONCURRENCIES = (1, 4, 16)
Row = dict[str, Any]


def main() -> int:
    """Measure, print a table, write JSON."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as data:
        ours = our_server(Path(data), options.model)
        with ours as us, _peer_server(ROOT / "weights" / options.model) as peer:
            rows = list(_rounds(us, peer, options.seconds))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(_is_good_enough(row) for row in rows) else 1


def _rounds(us: Target, peer: Target, seconds: float) -> Iterator[Row]:
    print(
        f"{'photo':10} {'at once':>7} {'server':8} {'req/s':>7} {'p50':>8} {'p95':>8} {'p99':>8}"
        f" {'CPU ms':>7} {'failed':>6} {'ratio':>6}"
    )
    for photo_name, (width_px, height_px) in PHOTOS.items():
        photo = lesion_jpeg("melanoma", seed=5, width_px=width_px, height_px=height_px)
        for concurrency in CONCURRENCIES:
            found = {
                target.name: measure(target, photo, concurrency=concurrency, seconds=seconds).row()
                for target in (peer, us)
            }
            ratio = found["skinapp"]["requests_per_s"] / found["naive"]["requests_per_s"]
            for name, row in found.items():
                mark = f"{ratio:6.2f}" if name == "skinapp" else ""
                print(
                    f"{photo_name:10} {concurrency:7} {name:8} {row['requests_per_s']:7.2f}"
                    f" {row['p50_ms']:8.0f} {row['p95_ms']:8.0f} {row['p99_ms']:8.0f}"
                    f" {row['processor_ms_per_request']:7.0f} {row['failures']:6} {mark}",
                    flush=True,
                )
            yield {"photo": photo_name, "concurrency": concurrency, "ratio": ratio, **found}


def _is_good_enough(row: Row) -> bool:
    """Never slower, twice as fast with large photos, and every upload answered."""
    least = 2.0 if row["photo"] == "4000x3000" else 1.0
    return row["ratio"] >= least and row["skinapp"]["failures"] == 0


@contextmanager
def our_server(data: Path, model: str) -> Iterator[Target]:
    """Serve a model with its cases in ``data``."""
    port = _free_port()
    environment = os.environ | {
        "SKINAPP_PORT": str(port),
        "SKINAPP_DATA_DIR": str(data),
        "SKINAPP_MODEL": model,
        "SKINAPP_LOG_LEVEL": "warning",
        "SKINAPP_UPLOADS_PER_HOUR": "0",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "skinapp.wsgi:app"]
    with _server(command, environment, port) as process:
        yield Target("skinapp", port, "/cases", process.pid)


@contextmanager
def _peer_server(folder: Path) -> Iterator[Target]:
    port = _free_port()
    command = [sys.executable, str(ROOT / "benchmarks" / "naive_peer.py"), str(folder), str(port)]
    with _server(command, dict(os.environ), port) as process:
        yield Target("naive", port, "/predict", process.pid)


@contextmanager
def _server(
    command: list[str], environment: dict[str, str], port: int
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_answers(port, process)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{process.args!r} did not answer in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="serve.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--seconds", type=float, default=10, help="time for each measurement")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
