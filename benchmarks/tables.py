"""Fill the tables of a document from the JSON that the benchmarks wrote.

``tables.py docs/performance.md`` replaces what stands between ``<!-- table NAME -->`` and
``<!-- end -->``, so that no figure is typed by hand.  What was not measured says so.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.machine import is_busy  # noqa: E402 - the path has to be set first
from benchmarks.slopes import growth_power  # noqa: E402 - likewise

SERVERS = ("naive", "fastapi", "litserve", "skinapp")
MEASURED = ROOT / "docs" / "measured"
_PLACE = re.compile(r"(<!-- table ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
Found = dict[str, Any]


def filled(document: str, measured: Path) -> str:
    """The document with its tables made anew from the JSON files in a folder.

    Raises :class:`KeyError` for a table that nobody makes.
    """

    def table(place: re.Match[str]) -> str:
        file, make = TABLES[place[2]]
        path = measured / file
        if not path.exists():
            return f"{place[1]}Not measured yet.\n{place[3]}"
        found = json.loads(path.read_text(encoding="utf-8"))
        return f"{place[1]}{make(found)}\n{place[3]}"

    return _PLACE.sub(table, document)


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; numbers to the right, and with as many digits as mean something.

    Raises :class:`ValueError` where a row has not as many values as the header.
    """
    rule = "|".join(
        "---:" if all(isinstance(value, int | float) for value in column) else "---"
        for _, *column in zip(header, *rows, strict=True)
    )
    lines = ["| " + " | ".join(header) + " |", f"|{rule}|"]
    lines += ["| " + " | ".join(_text(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _text(value: object) -> str:
    """Three digits for what is small, none behind the point for what is large."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _machine(found: Found) -> str:
    machine = found["machine"]
    versions = machine["packages"].items()
    packages = ", ".join(f"{name} {version}" for name, version in versions if version)
    busy = " The machine was busy." if is_busy(machine) else ""
    return (
        f"{machine['at'][:10]}: {machine['cores']} cores of {machine['processor']}, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}; "
        f"{packages}.{busy}"
    )


def _serve(found: Found) -> str:
    names = [name for name in SERVERS if name in found["rows"][0]]
    rows = []
    for row in found["rows"]:
        naive = row["naive"]["requests_per_s"]
        for name in names:
            one = row[name]
            rows.append(
                [
                    row["photo"],
                    row["concurrency"],
                    name,
                    one["requests_per_s"],
                    one["requests_per_s"] / naive if naive else "",
                    one["p50_ms"],
                    one["p95_ms"],
                    one["processor_ms_per_request"],
                    one["failures"],
                ]
            )
    header = ["photo", "at once", "server", "answers/s", "to naive", "p50 ms", "p95 ms"]
    return markdown([*header, "processor ms", "failed"], rows) + _absent(found)


def _absent(found: Found) -> str:
    missing = found.get("not_installed", {})
    return f"\n\nNot installed, so not measured: {', '.join(missing)}." if missing else ""


def _forward(found: Found) -> str:
    rows = [
        [
            row["form"],
            row["median_ms"],
            row["over_floor"],
            row["ms_per_photo_in_a_batch"] or "",
            row["memory_mb"],
            row["engine"].split(":")[0],
        ]
        for row in found["forward"]
    ]
    header = ["form", "ms", "times the floor", "ms a photo, four at once", "process MB", "what"]
    return markdown(header, rows) + _absent(found)


def _starts(found: Found) -> str:
    rows = [
        [
            row["engine"],
            row["first_start_s"],
            row["second_start_s"],
            "; ".join(f"{n}: {' + '.join(map(str, mb))}" for n, mb in row["memory_mb"].items()),
        ]
        for row in found["servers"]
    ]
    header = [
        "engine",
        "first start s",
        "second start s",
        "MB of the workers after so many uploads",
    ]
    return markdown(header, rows)


def _stages(found: Found) -> str:
    photos = found["photos"]
    stages = list(next(iter(photos.values()))["ms"])
    header = ["stage"]
    for name in photos:
        header += [f"{name} ms", "share"]
    rows = []
    for stage in stages:
        row: list[object] = [stage]
        for photo in photos.values():
            share = photo["ms"][stage] / photo["ms"]["whole request"]
            row += [float(photo["ms"][stage]), f"{share:.0%}"]
        rows.append(row)
    return markdown(header, rows)


def _decode(found: Found) -> str:
    header = ["grain", "quality", "chroma", "MB", "usual ms", "ours ms", "share"]
    rows = [
        [
            row["grain"],
            row["quality"],
            row["chroma"],
            row["file_mb"],
            row["usual_ms"],
            row["ours_ms"],
            f"{row['share']:.0%}",
            row["bare_1_4_ms"],
            row["bare_1_8_ms"],
        ]
        for row in found["rows"]
    ]
    return markdown([*header, "bare 1/4 ms", "bare 1/8 ms"], rows)


def _growth(part: str, *first: str) -> Callable[[Found], str]:
    """The rows of a part under load; ``first`` are its own columns."""
    values = {
        "requests_per_s": "answers/s",
        "p50_ms": "p50 ms",
        "p95_ms": "p95 ms",
        "workers_resident_mb": "workers MB",
        "largest_worker_peak_mb": "largest worker's peak MB",
        "turned_away": "turned away",
        "failures": "failed",
    }

    def table(found: Found) -> str:
        rows = [[row[name] for name in (*first, *values)] for row in found.get(part, [])]
        header = [name.replace("_", " ") for name in first] + list(values.values())
        return markdown(header, rows) + _figure(part) if rows else "Not measured yet."

    return table


def _figure(part: str) -> str:
    return f"\n\n![How cost grows: {part}](figures/growth-{part}.svg)"


def _cases(found: Found) -> str:
    rows = found.get("cases", [])
    if len(rows) < 2:
        return "Not measured yet."
    names = [name for name in rows[0] if name.endswith("_p50_ms")]
    header = ["cases", *(name.removesuffix("_p50_ms") + " ms" for name in names), "database MB"]
    body: list[list[object]] = [
        [f"{row['cases']:,}", *(row[name] for name in names), row["database_mb"]] for row in rows
    ]
    across = [row["cases"] for row in rows]
    powers = [growth_power(across, [row[name] for row in rows]) for name in names]
    # Without the sign that a tiny negative number keeps when it is rounded to zero.
    last = ["grows with the power", *(f"{round(power, 2) + 0.0:.2f}" for power in powers), ""]
    return markdown(header, [*body, last]) + _figure("cases")


def _full_house(found: Found) -> str:
    rows = [
        [name, row["count"], row["p50_ms"], row["p99_ms"], row["most_ms"]]
        for name, row in found["answers"].items()
    ]
    return markdown(["answer", "how often", "p50 ms", "p99 ms", "most ms"], rows)


TABLES: dict[str, tuple[str, Callable[[Found], str]]] = {
    "machine": ("serve.json", _machine),
    "serve": ("serve.json", _serve),
    "forward": ("engines.json", _forward),
    "starts": ("engines.json", _starts),
    "stages": ("stages.json", _stages),
    "decode": ("decode.json", _decode),
    "cores": ("growth.json", _growth("cores", "cores", "clients")),
    "sizes": ("growth.json", _growth("sizes", "megapixels", "file_mb")),
    "clients": ("growth.json", _growth("clients", "clients")),
    "cases": ("growth.json", _cases),
    "full-house": ("full_house.json", _full_house),
}


def main() -> int:
    """Fill a document."""
    parser = argparse.ArgumentParser(prog="tables.py", description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("--measured", type=Path, default=MEASURED, help="folder of JSON files")
    options = parser.parse_args()
    text = options.document.read_text(encoding="utf-8")
    options.document.write_text(filled(text, options.measured), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
