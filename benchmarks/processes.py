"""What a server takes of the machine, read from /proc.  Sizes in MB of 1,000,000 bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import children

# What /proc calls kB.
_KB_IN_MB = 1024 / 1e6


@dataclass(frozen=True, slots=True)
class Holding:
    """What a server holds at one moment.

    ``resident_mb`` adds the workers' resident memory up, and counts a page that several share
    several times.  ``proportional_mb`` counts each page of the whole server once: its growth is
    what the machine loses.  ``peak_mb`` is the most that one worker ever held.  Descriptors and
    threads: of all workers.
    """

    resident_mb: float
    proportional_mb: float
    peak_mb: float
    descriptors: int
    threads: int


def holding_of(pid: int) -> Holding:
    """Look at a gunicorn and its workers.  Raises :class:`OSError` where one ends meanwhile."""
    workers = workers_of(pid)
    return Holding(
        resident_mb=sum(resident_mb(worker) for worker in workers),
        proportional_mb=sum(proportional_mb(process) for process in {pid, *workers}),
        peak_mb=max(peak_mb(worker) for worker in workers),
        descriptors=sum(len(list(Path(f"/proc/{worker}/fd").iterdir())) for worker in workers),
        threads=sum(_number(Path(f"/proc/{worker}/status"), "Threads") for worker in workers),
    )


def workers_of(pid: int) -> list[int]:
    """The processes that answer: a server's children, or itself where it has none."""
    return children(pid) or [pid]


def resident_mb(pid: int) -> float:
    """Resident memory of a process, shared pages included."""
    return _number(Path(f"/proc/{pid}/status"), "VmRSS") * _KB_IN_MB


def peak_mb(pid: int) -> float:
    """The most resident memory that a process ever had."""
    return _number(Path(f"/proc/{pid}/status"), "VmHWM") * _KB_IN_MB


def proportional_mb(pid: int) -> float:
    """Memory of a process; of a page that ``n`` processes share, it has ``1 / n``."""
    return _number(Path(f"/proc/{pid}/smaps_rollup"), "Pss") * _KB_IN_MB


def _number(path: Path, name: str) -> int:
    """A number of a file of /proc; sizes are in kB."""
    found = re.search(rf"^{name}:\s+(\d+)", path.read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) if found else 0
