"""Which processor this is, and how many of its cores may be used."""

from __future__ import annotations

import os
import platform
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
_CPUINFO = Path("/proc/cpuinfo")
# On x86 and on ARM; the first core speaks for all.
_TELLING = ("model name", "flags", "CPU part", "Features")


def processor() -> str:
    """Name and abilities of the processor: what was prepared on one may not suit another."""
    try:
        lines = _CPUINFO.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines()
    except OSError:  # not Linux
        return f"{platform.machine()} {platform.processor()}"
    fields = (line.partition(":") for line in lines)
    told = {name.strip(): value.strip() for name, _, value in fields}
    return "\n".join([platform.machine(), *(told.get(name, "") for name in _TELLING)])


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
