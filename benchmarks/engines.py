"""What each engine costs: one forward pass, the start, and a worker's memory.

One photo on one thread, beside plain PyTorch (eager, gradients on), onnxruntime, and the time of a
float32 matrix product with as many operations, the fastest that is found; then real servers:
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

from benchmarks.environment import on_one_thread  # noqa: E402 - the path has to be set first
from benchmarks.forward import FORMS, NEEDED  # noqa: E402 - likewise
from benchmarks.load import (  # noqa: E402 - likewise
    NoAnswer,
    Target,
    children,
    measure,
    must_answer,
)
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.photos import answered_photo  # noqa: E402 - likewise
from benchmarks.servers import our_server  # noqa: E402 - likewise

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
        peak = _on_one_thread("peak.py")
        print(
            f"fastest product: {peak['flop_per_s'] / 1e9:.0f} GFLOP/s, {peak['side']} x"
            f" {peak['side']}, {peak['library']}",
            flush=True,
        )
        forwards = [_forward(form, folder, Path(data), peak, options.repeats) for form in forms]
        engines = () if options.forward_only else ENGINES
        servers = [_server_costs(engine, options, Path(data)) for engine in engines]
    found = {"not_installed": absent, "peak": peak, "forward": forwards, "servers": servers}
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


def _on_one_thread(program: str, *arguments: str) -> Row:
    """In a process of its own, so that no library's threads or memory count for another."""
    command = [sys.executable, f"benchmarks/{program}", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=on_one_thread(), check=True, stdout=subprocess.PIPE, text=True
    )
    row: Row = json.loads(done.stdout.splitlines()[-1])
    return row


def _forward(form: str, folder: Path, data: Path, peak: Row, repeats: int) -> Row:
    pace = ("--flop-per-s", str(peak["flop_per_s"]), "--repeats", str(repeats))
    row = _on_one_thread("forward.py", form, str(folder), str(data / "engines"), *pace)
    print(
        f"{form:9} {row['median_ms']:7.1f} ms  {row['over_product']:5.2f} x a product of as many"
        f" operations, {row['product_ms']:.1f} ms  {row['memory_mb']:6.0f} MB  {row['engine']}",
        flush=True,
    )
    if row["ms_per_photo_in_a_batch"]:
        print(f"{form:9} {row['ms_per_photo_in_a_batch']:7.1f} ms a photo, four at once")
    return row


def _server_costs(engine: str, options: argparse.Namespace, data: Path) -> Row:
    """First and second start, then memory under load."""
    photo = answered_photo()
    row: Row = {"engine": engine}
    for start in ("first_start_s", "second_start_s"):
        began = time.monotonic()
        with our_server(data / engine, options.model, engine=engine) as target:
            must_answer(target, photo)
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
        if outcome.failures:
            raise NoAnswer(f"{target.name} did not answer {outcome.failures} uploads under load")
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
