"""How many processes and threads to serve with.  Pure, apart from :func:`available_cores`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
# Each process holds its own copy of the model and of PyTorch, some 600 MB.
MOST_WORKERS = 4
# Photos worked on side by side: while one computes, others are decoded and kept.  A photo takes up
# to 200 MB while it is decoded, so more of them would cost memory without answering sooner.
REQUEST_THREADS = 4
# Threads beside those for uploads.
SPARE_THREADS = 8


@dataclass(frozen=True, slots=True)
class Capacity:
    """Server processes, photos side by side in each, and threads with which each one computes."""

    workers: int
    threads: int
    torch_threads: int


def plan_capacity(cores: int, workers: int = 0, threads: int = 0) -> Capacity:
    """Share ``cores`` out; ``workers`` and ``threads`` other than 0 are taken as they are.

    From two cores on there are at least two processes: one that is killed takes down nothing
    else, and two that compute with one thread answer more in a second than one with two.
    ``workers * torch_threads`` exceeds the cores only where more workers than cores are asked for.
    """
    chosen = workers or min(cores, MOST_WORKERS)
    return Capacity(
        workers=chosen,
        threads=threads or REQUEST_THREADS,
        torch_threads=max(1, cores // chosen),
    )


def available_cores() -> int:
    """Cores that this process may use: its CPU affinity, and the quota of its control group."""
    if hasattr(os, "sched_getaffinity"):
        usable = len(os.sched_getaffinity(0))
    else:  # not Linux
        usable = os.cpu_count() or 1
    return min([usable, *(_whole_cores(quota) for quota in _quotas())])


def _quotas() -> list[str]:
    """The contents of ``cpu.max`` from the group of this process up to the root."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="ascii").strip().rpartition("::/")[2]
    except OSError:
        return []
    group = CGROUP / own
    found = []
    for folder in (group, *group.parents):
        if not folder.is_relative_to(CGROUP):
            break
        path = folder / "cpu.max"
        if path.is_file():
            found.append(path.read_text(encoding="ascii"))
    return found


def _whole_cores(cpu_max: str) -> int:
    """From ``<quota us> <period us>`` or ``max <period us>``; a part of a core counts as none."""
    quota, _, period = cpu_max.strip().partition(" ")
    if quota == "max":
        return os.cpu_count() or 1
    return max(1, int(quota) // int(period))
