"""On what a measurement was made, and how its findings are kept."""

from __future__ import annotations

import json
import os
import platform
import re
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from skinapp.model.processor import available_cores

_CPUINFO = Path("/proc/cpuinfo")
# What the figures depend on most.
_PACKAGES = ("torch", "openvino", "onnxruntime", "pillow", "numpy", "Flask", "gunicorn")
# What a network's speed hangs on, as Linux names it, and what it is called.
_ARITHMETIC = {
    "avx2": "AVX2",
    "avx512f": "AVX512",
    "avx512_bf16": "bfloat16",
    "amx_bf16": "AMX",
    "asimd": "NEON",
    "bf16": "bfloat16",
}
# A processor that others use as well gives figures that mean nothing.
BUSY_SHARE = 0.25


def describe() -> dict[str, Any]:
    """Processor, its arithmetic, cores, memory, versions, time, and how busy it was before.

    ``load_before`` is the average number of running processes over the last minute.
    """
    return {
        "processor": _processor_name(),
        "arithmetic": arithmetic(_CPUINFO.read_text(encoding="utf-8")),
        "cores": available_cores(),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_before": round(os.getloadavg()[0], 2),
    }


def arithmetic(cpuinfo: str) -> list[str]:
    """What the first processor of ``/proc/cpuinfo`` computes with at once."""
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    flags = set(found[1].split()) if found else set()
    return list(dict.fromkeys(word for flag, word in _ARITHMETIC.items() if flag in flags))


def is_busy(machine: dict[str, Any]) -> bool:
    """Whether something else kept the machine busy before the measurement."""
    return bool(machine["load_before"] > BUSY_SHARE * machine["cores"])


def warn_if_busy(machine: dict[str, Any]) -> None:
    """Say so."""
    if is_busy(machine):
        print(
            f"The machine is busy (load {machine['load_before']} on {machine['cores']} cores): "
            "these figures are for trying only",
            flush=True,
        )


def write_findings(path: Path | None, machine: dict[str, Any], found: dict[str, Any]) -> None:
    """Write findings as JSON together with the machine; nowhere where there is no path."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, **found}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _processor_name() -> str:
    found = re.search(
        r"^model name\s*:\s*(.+)$", _CPUINFO.read_text(encoding="utf-8"), re.MULTILINE
    )
    return found[1].strip() if found else platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
