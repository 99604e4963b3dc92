"""Which processor this is: what was prepared on one may not suit another."""

from __future__ import annotations

import platform
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
# On x86 and on ARM; the first core speaks for all.
_TELLING = ("model name", "flags", "CPU part", "Features")


def processor() -> str:
    """Name and abilities of the processor, always the same on the same machine."""
    try:
        lines = _CPUINFO.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines()
    except OSError:  # not Linux
        return f"{platform.machine()} {platform.processor()}"
    fields = (line.partition(":") for line in lines)
    told = {name.strip(): value.strip() for name, _, value in fields}
    return "\n".join([platform.machine(), *(told.get(name, "") for name in _TELLING)])
