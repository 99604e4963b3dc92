"""The tables of docs/performance.md, each from what one benchmark wrote."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.machine import is_busy
from benchmarks.markdown import NONE, Found, Table, markdown
from benchmarks.memory import FIRST_REQUESTS
from benchmarks.slopes import WHOLE_SAMPLES, growth_power

SERVERS = ("naive", "fastapi", "litserve", "skinapp")
# A percentile of fewer answers is the wait of one or two that were unlucky.
FEWEST_ANSWERS = {"p50_ms": 1, "p95_ms": 60, "p99_ms": 300}


def machine_line(found: Found) -> str:
    """When and on what something was measured, and whether others kept the machine busy."""
    machine = found["machine"]
    versions = machine["packages"].items()
    packages = ", ".join(f"{name} {version}" for name, version in versions if version)
    busy = " The machine was busy." if is_busy(machine) else ""
    arithmetic = ", ".join(machine.get("arithmetic", ()))
    processor = machine["processor"] + (f" ({arithmetic})" if arithmetic else "")
    return (
        f"{machine['at'][:10]}: {machine['cores']} cores of {processor}, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}; "
        f"{packages}.{busy}"
    )


def _dated(make: Callable[[Found], str]) -> Callable[[Found], str]:
    """A table that says when it was measured, and how much the machine had to do just before."""

    def made(found: Found) -> str:
        machine = found["machine"]
        words = f"Measured {machine['at'][:10]}; load average before it {machine['load_before']}."
        table = make(found)
        return table and f"{table}\n\n{words}"

    return made


def _percentile(row: Found, name: str) -> object:
    """Older findings do not all tell of how many answers they are."""
    enough = row.get("requests", FEWEST_ANSWERS[name]) >= FEWEST_ANSWERS[name]
    return row[name] if enough else NONE


def _loaded(found: Found) -> str:
    """For how long each row's server was kept under load."""
    return f"\n\n{found['seconds']:g} s of load for each row." if "seconds" in found else ""


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
                    one["requests_per_s"] / naive if naive else NONE,
                    one.get("requests", NONE),
                    _percentile(one, "p50_ms"),
                    _percentile(one, "p95_ms"),
                    one["processor_ms_per_request"],
                    one["failures"],
                ]
            )
    header = ["photo", "at once", "server", "answers/s", "to naive", "answers"]
    table = markdown([*header, "p50 ms", "p95 ms", "processor ms", "failed"], rows)
    return table + _loaded(found) + _absent(found)


def _absent(found: Found) -> str:
    missing = found.get("not_installed", {})
    return f"\n\nNot installed, so not measured: {', '.join(missing)}." if missing else ""


def _forward(found: Found) -> str:
    rows = [
        [
            row["form"],
            row["median_ms"],
            # Older findings have each form's own, from one kind of product.
            row["over_product"] if "over_product" in row else row["over_floor"],
            row["ms_per_photo_in_a_batch"] or "",
            row["memory_mb"],
            row["engine"].split(":")[0],
        ]
        for row in found["forward"]
    ]
    header = [
        "form",
        "ms",
        "times a matrix product",
        "ms a photo, four at once",
        "process MB",
        "what",
    ]
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
        "requests": "answers",
        "requests_per_s": "answers/s",
        "p50_ms": "p50 ms",
        "p95_ms": "p95 ms",
        "workers_resident_mb": "workers MB",
        "largest_worker_peak_mb": "largest worker's peak MB",
        "turned_away": "turned away",
        "failures": "failed",
    }

    names = (*first, *values)

    def table(found: Found) -> str:
        rows = [
            [_percentile(row, name) if name in FEWEST_ANSWERS else row[name] for name in names]
            for row in found.get(part, [])
        ]
        if not rows:
            return "Not measured yet."
        header = [name.replace("_", " ") for name in first] + list(values.values())
        return markdown(header, rows) + _loaded(found) + _figure(part)

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


def _memory(found: Found) -> str:
    rows = []
    for name, row in found["servers"].items():
        slope = row["mb_per_1000_uploads"] if _has_a_trend(row) else None
        words = "{} ({} to {})".format(*slope) if slope else NONE
        columns = ("workers", "uploads", "start_mb", "after_300_mb", "end_mb", "peak_mb")
        rows.append([name, *(row[column] for column in columns), row["server_end_mb"], words])
    header = ["server", "workers", "uploads", "start MB", "after 300 MB", "end MB", "peak MB"]
    return markdown([*header, "whole server MB", "MB more in 1,000 uploads (95 %)"], rows)


def _has_a_trend(row: Found) -> bool:
    """Older findings have a slope of a handful of samples, too."""
    settled = [answered for answered, *_ in row.get("samples", []) if answered >= FIRST_REQUESTS]
    return "samples" not in row or len(settled) >= WHOLE_SAMPLES


# Measured again where no number shorter than float32 is computed in hardware.
_FLOAT32 = "without-bfloat16"

PERFORMANCE = {
    "machine": Table("serve.json", machine_line, for_each_model=True),
    "serve": Table("serve.json", _dated(_serve), for_each_model=True),
    "memory": Table("memory.json", _dated(_memory), for_each_model=True),
    "forward": Table("engines.json", _dated(_forward), for_each_model=True),
    "starts": Table("engines.json", _dated(_starts), for_each_model=True),
    "stages": Table("stages.json", _dated(_stages), for_each_model=True),
    "decode": Table("decode.json", _dated(_decode)),
    "cores": Table("growth.json", _dated(_growth("cores", "cores", "clients"))),
    "sizes": Table("growth.json", _dated(_growth("sizes", "megapixels", "file_mb"))),
    "clients": Table("growth.json", _dated(_growth("clients", "clients"))),
    "cases": Table("growth.json", _dated(_cases)),
    "full-house": Table("full_house.json", _dated(_full_house), for_each_model=True),
    **{
        f"{name}-float32": Table(file, make, for_each_model=True, beneath=_FLOAT32)
        for name, file, make in (
            ("machine", "serve.json", machine_line),
            ("serve", "serve.json", _dated(_serve)),
            ("stages", "stages.json", _dated(_stages)),
            ("full-house", "full_house.json", _dated(_full_house)),
        )
    },
}
