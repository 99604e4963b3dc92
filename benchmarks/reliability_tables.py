"""The tables of docs/reliability.md, each from what one long run wrote."""

from __future__ import annotations

from benchmarks.markdown import Found, Table, markdown
from benchmarks.performance_tables import machine_line

# What the server said to a hostile upload.
_ANSWERS = {"303": "a case", "422": "no usable photo", "413": "too large", "400": "no form"}


def _hostile(found: Found) -> str:
    kinds = {**found["kinds"], "all": found}
    rows = [
        [
            kind,
            row["uploads"],
            *(row["statuses"].get(code, 0) for code in _ANSWERS),
            sum(count for code, count in row["statuses"].items() if code >= "500"),
            row["slowest_s"],
        ]
        for kind, row in kinds.items()
    ]
    header = [f"{words} ({code})" for code, words in _ANSWERS.items()]
    table = markdown(["kind", "sent", *header, "failures (5xx)", "slowest s"], rows)
    words = (
        f"{found['clients']} clients, {found['minutes']} minutes. Workers that died: "
        f"{found['workers_that_died']}. A worker held {found['largest_worker_peak_mb']:.0f} MB "
        "at most."
    )
    return f"{table}\n\n{words}\n\n{machine_line(found)}"


def _soak(found: Found) -> str:
    answers = ", ".join(f"{count:,} x {code}" for code, count in found["statuses"].items())
    rows = [
        ["requests", f"{found['requests']:,}: {answers}", "", ""],
        *_harm(found),
        *_growth(found),
        ["p50, p99 of an upload", f"{found['p50_ms']:.0f} ms, {found['p99_ms']:.0f} ms", "", ""],
    ]
    words = f"{found['minutes']:g} minutes, {found['clients']} clients, {found['model']}."
    table = markdown(["what", "found", "at most", "bound"], rows)
    return f"{table}\n\n{words}\n\n{machine_line(found)}"


def _harm(found: Found) -> list[list[str]]:
    """What may not happen at all, and what happened to the machine."""
    verdict, lost = found["verdicts"]["harm"], found["lost"]
    died, gave_up = found["workers_that_died"], found["visitors_that_gave_up"]
    excused = ", ".join(f"{count} {why}" for why, count in lost.items() if why != "server")
    still = [one["ended_s"] - one["began_s"] for one in found["standstills"]]
    standstills = f"{len(still)}, the longest {max(still):.0f} s" if still else "0"
    return [
        ["failures", str(found["failures"]), "0", verdict],
        ["connections that the server lost", str(lost.get("server", 0)), "0", verdict],
        ["workers that died, clients that stopped", f"{died}, {gave_up}", "0, 0", verdict],
        ["connections lost for another reason", excused or "0", "", ""],
        ["standstills of the machine", standstills, "", ""],
    ]


def _growth(found: Found) -> list[list[str]]:
    """What may not grow: slopes with their intervals, bounds and verdicts."""
    bounds, verdicts = found["bounds"], found["verdicts"]
    memory = f"{found['memory_first_mb']:.0f} MB, at the end {found['memory_last_mb']:.0f} MB"
    peak = f"the largest worker at its peak {found['largest_worker_peak_mb']:.0f} MB"
    grown = [
        ("MB more in 1,000 requests", "memory_mb_per_1000_requests", "memory", ""),
        ("open files more, over the run", "more_descriptors", "descriptors", ""),
        ("p99 longer, over the run", "p99_slower_percent", "p99", " %"),
    ]
    return [
        ["memory of the server", f"{memory}; {peak}", "", ""],
        *(
            [what, _interval(found[key]) + unit, f"{bounds[name]:g}{unit}", verdicts[name]]
            for what, key, name, unit in grown
        ),
    ]


def _interval(found: list[float]) -> str:
    return "{:g} ({:g} to {:g})".format(*found)


RELIABILITY = {
    "hostile": Table("hostile.json", _hostile),
    "soak": Table("soak.json", _soak),
}
