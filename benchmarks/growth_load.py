"""How requests a second, waiting and memory grow with cores, with the photo and with clients."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.load import Target, measure
from benchmarks.photos import answered_photo
from benchmarks.processes import holding_of
from benchmarks.servers import our_server
from skinapp.model.processor import available_cores

# Enough to keep a core busy while the others' answers travel.
CLIENTS_PER_CORE = 4
# Usual sizes of cameras and phones, close to so many megapixels.
SIZES = {
    0.3: (640, 480),
    1: (1152, 864),
    3: (2000, 1500),
    12: (4000, 3000),
    24: (5656, 4242),
    48: (8000, 6000),
}
CLIENTS = (1, 2, 4, 8, 16, 32, 64)
Row = dict[str, Any]


def steps_of_cores() -> list[int]:
    """1, 2, 4 and so on, and all that there are."""
    most = available_cores()
    return sorted({1 << power for power in range(most.bit_length())} | {most})


def by_cores(model: str, data: Path, seconds: float, steps: Sequence[int]) -> list[Row]:
    """A server of its own on so many cores; the clients may use all of them."""
    photo = answered_photo()
    # Not from 0 on: a container may have others.
    ours = sorted(os.sched_getaffinity(0))
    rows = []
    for cores in steps:
        with our_server(data, model, cores=ours[:cores]) as target:
            clients = CLIENTS_PER_CORE * cores
            rows.append(
                {"cores": cores, "clients": clients, **_row(target, photo, clients, seconds)}
            )
            _print("cores", cores, rows[-1])
    return rows


def by_size(model: str, data: Path, seconds: float, steps: Sequence[float]) -> list[Row]:
    """Photos of so many megapixels, four clients."""
    rows = []
    for megapixels in steps:
        photo = answered_photo(SIZES[megapixels])
        # A server of its own for each: memory once taken for a large photo is kept.
        with our_server(data, model) as target:
            file_mb = round(len(photo) / 1e6, 2)
            row = _row(target, photo, CLIENTS_PER_CORE, seconds)
            rows.append({"megapixels": megapixels, "file_mb": file_mb, **row})
            _print("megapixels", megapixels, rows[-1])
    return rows


def by_clients(model: str, data: Path, seconds: float, steps: Sequence[int]) -> list[Row]:
    """So many uploads in flight at once, on one server."""
    photo = answered_photo()
    rows = []
    with our_server(data, model) as target:
        for clients in steps:
            rows.append({"clients": clients, **_row(target, photo, clients, seconds)})
            _print("clients", clients, rows[-1])
    return rows


def data_folder() -> tempfile.TemporaryDirectory[str]:
    """One folder for all servers of a run: the network is converted once."""
    return tempfile.TemporaryDirectory(prefix="skinapp-growth-")


def _row(target: Target, photo: bytes, clients: int, seconds: float) -> Row:
    outcome = measure(target, photo, concurrency=clients, seconds=seconds)
    held = holding_of(target.pid)
    return {
        **outcome.row(),
        "workers_resident_mb": round(held.resident_mb, 1),
        "largest_worker_peak_mb": round(held.peak_mb, 1),
    }


def _print(what: str, value: float, row: Row) -> None:
    print(
        f"{value:6g} {what:10} {row['requests_per_s']:7.2f} requests/s  p50 {row['p50_ms']:7.0f} ms"
        f"  p95 {row['p95_ms']:7.0f} ms  workers {row['workers_resident_mb']:6.0f} MB, largest"
        f" {row['largest_worker_peak_mb']:5.0f} MB  turned away {row['turned_away']},"
        f" failed {row['failures']}",
        flush=True,
    )
