"""What each engine costs: one forward pass, the start, and a worker's memory.

One photo on one thread, beside plain PyTorch (eager, gradients on), onnxruntime, and the time that
the network's multiplications alone would take at the processor's measured peak; then real servers:
from the start of the process to the first answered upload, and what a worker holds after many
uploads.  Prints, and writes JSON.  The machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.forward import FORMS, NEEDED  # noqa: E402 - the path has to be set first
from benchmarks.load import Client, Target, children, measure  # noqa: E402 - likewise
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.servers import our_server  # noqa: E402 - likewise
from skinapp.synthetic import lesion_jpeg  # noqa: E402 - likewise

ENGINES = ("torch", "openvino")
CONCURRENCY = 16
Row = dict[str, Any]


def main() -> int:
    """Measure everything, print it, write JSON where asked."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    folder = ROOT / "weights" / options.model
    with tempfile.TemporaryDirectory() as data:
        forms, absent = _forms()
        forwards = [_forward(form, folder, Path(data), options.repeats) for form in forms]
        engines = () if options.forward_only else ENGINES
        servers = [_server_costs(engine, options, Path(data)) for engine in engines]
    found = {"not_installed": absent, "forward": forwards, "servers": servers}
    write_findings(options.out, machine, found)
    return 0


def _forms() -> tuple[list[str], dict[str, list[str]]]:
    """The forms that can run, and for the others the packages that are missing."""
    missing = {
        form: [name for name in NEEDED.get(form, ()) if not find_spec(name)] for form in FORMS
    }
    absent = {form: names for form, names in missing.items() if names}
    for form, names in absent.items():
        print(f"{form} is left out: {', '.join(names)} not installed (requirements-bench.txt)")
    return [form for form in FORMS if form not in absent], absent


def _forward(form: str, folder: Path, data: Path, repeats: int) -> Row:
    """In a process of its own, so that no library's threads or memory count for another."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    arguments = [form, str(folder), str(data / "engines"), str(repeats)]
    command = [sys.executable, "benchmarks/forward.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | one_thread, check=True, capture_output=True, text=True
    )
    row: Row = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{form:9} {row['median_ms']:7.1f} ms  {row['over_floor']:5.2f} x the floor of "
        f"{row['floor_ms']:.1f} ms  {row['memory_mb']:6.0f} MB  {row['engine']}",
        flush=True,
    )
    if row["ms_per_photo_in_a_batch"]:
        print(f"{form:9} {row['ms_per_photo_in_a_batch']:7.1f} ms a photo, four at once")
    return row


def _server_costs(engine: str, options: argparse.Namespace, data: Path) -> Row:
    """First and second start, then memory under load."""
    photo = lesion_jpeg("melanoma", seed=5)
    row: Row = {"engine": engine}
    for start in ("first_start_s", "second_start_s"):
        began = time.monotonic()
        with our_server(data / engine, options.model, engine=engine) as target:
            Client(target, photo).upload()
            row[start] = round(time.monotonic() - began, 2)
            if start == "second_start_s":
                row["memory_mb"] = _memory_under_load(target, photo, options.seconds)
    print(
        f"{engine:9} first start {row['first_start_s']:.1f} s, second {row['second_start_s']:.1f} s"
        f" to the first answer; resident memory of the workers, in MB by uploads answered: "
        f"{row['memory_mb']}",
        flush=True,
    )
    return row


def _memory_under_load(target: Target, photo: bytes, seconds: float) -> dict[int, list[int]]:
    """Resident memory of each worker in MB, by how many uploads were answered before."""
    found, answered = {0: _workers_mb(target)}, 0
    for _ in range(4):
        outcome = measure(target, photo, concurrency=CONCURRENCY, seconds=seconds / 4)
        answered += len(outcome.latencies_s)
        found[answered] = _workers_mb(target)
    return found


def _workers_mb(target: Target) -> list[int]:
    pages = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in children(target.pid)]
    return [int(count) * os.sysconf("SC_PAGE_SIZE") // 1_000_000 for count in pages]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engines.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--seconds", type=float, default=60, help="of load, for the memory")
    parser.add_argument("--repeats", type=int, default=40, help="of the forward pass")
    parser.add_argument("--forward-only", action="store_true", help="start no servers")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
