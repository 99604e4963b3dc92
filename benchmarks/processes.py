"""What a server takes of the machine, read from /proc."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import children


@dataclass(frozen=True, slots=True)
class Holding:
    """What a server's workers hold at one moment: all together, and the most that one ever held."""

    resident_mb: float
    peak_mb: float
    descriptors: int
    threads: int


def holding_of(pid: int) -> Holding:
    """Look at the workers of a gunicorn."""
    workers = children(pid)
    return Holding(
        resident_mb=sum(_status(worker, "VmRSS") for worker in workers) / 1000,
        peak_mb=max(_status(worker, "VmHWM") for worker in workers) / 1000,
        descriptors=sum(len(list(Path(f"/proc/{worker}/fd").iterdir())) for worker in workers),
        threads=sum(_status(worker, "Threads") for worker in workers),
    )


def _status(pid: int, name: str) -> int:
    """A number of ``/proc/<pid>/status``; sizes are in kB."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0
