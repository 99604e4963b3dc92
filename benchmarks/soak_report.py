"""What a long load found, and whether it stayed within the bounds.

The first quarter of the time and 500 requests, in which pools and caches fill, never count.  What
may not grow is judged by a robust line through medians of windows, with its 95 % interval: a bound
is held where the whole interval lies below it, broken where it lies above, and else undecided: a
longer run, or a machine with less else to do, can tell.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.processes import Holding
from benchmarks.slopes import WINDOWS, Trend, robust_line, trend, window_medians
from benchmarks.soak_visitors import Findings, to_blame

FIRST_SHARE = 0.25
FIRST_REQUESTS = 500
# MB in 1,000 requests; descriptors over the whole time that counts; percent of the p99, likewise.
BOUNDS = {"memory": 1.0, "descriptors": 8.0, "p99": 25.0}
# What each act may be answered.  Turned away, or told that the server is not ready, may be anybody;
# a file that means harm may be refused in any way but with an error of the server.
FINE = {
    "photo": {303, 503},
    "hostile": {303, 400, 413, 422, 503},
    "page": {200, 503},
    "start": {200, 503},
    "delete": {303, 503},
    "probe": {200, 503},
}
Found = dict[str, Any]


def report(findings: Findings, *, seconds: float, workers_that_died: int) -> Found:
    """All figures and verdicts, ready for JSON.

    Raises :class:`ValueError` where there are too few samples for a trend.
    """
    settled = [
        (when, done, held)
        for when, done, held in findings.samples
        if when >= FIRST_SHARE * seconds and done >= FIRST_REQUESTS
    ]
    memory, descriptors = memory_trend(settled), descriptor_trend(settled)
    answered = [(when, took) for when, took in findings.answers if when >= FIRST_SHARE * seconds]
    slower = slowdown(answered)
    lost = Counter(to_blame(loss, findings.standstills) for loss in findings.losses)
    failures = _failures(findings)
    hurt = failures + lost["server"] + findings.gave_up + workers_that_died
    return {
        "minutes": round(seconds / 60, 1),
        "requests": sum(findings.statuses.values()),
        "statuses": _by_code(findings.statuses),
        "statuses_of": {act: _by_code(found) for act, found in findings.statuses_of.items()},
        "failures": failures,
        "lost": dict(lost),
        "losses": [asdict(loss) for loss in findings.losses],
        "visitors_that_gave_up": findings.gave_up,
        "workers_that_died": workers_that_died,
        "standstills": [asdict(standstill) for standstill in findings.standstills],
        **_held(settled),
        "memory_mb_per_1000_requests": memory.rounded(3),
        "more_descriptors": descriptors.rounded(1),
        "p50_ms": _percentile_ms(answered, 50),
        "p99_ms": _percentile_ms(answered, 99),
        "p99_slower_percent": slower.rounded(1),
        "verdicts": {
            "harm": "broken" if hurt else "held",
            "memory": memory.verdict(BOUNDS["memory"]),
            "descriptors": descriptors.verdict(BOUNDS["descriptors"]),
            "p99": slower.verdict(BOUNDS["p99"]),
        },
        "bounds": BOUNDS,
        "samples": [[round(when), done, asdict(held)] for when, done, held in findings.samples],
    }


def _failures(findings: Findings) -> int:
    return sum(
        count
        for act, statuses in findings.statuses_of.items()
        for code, count in statuses.items()
        if code not in FINE[act]
    )


def _by_code(statuses: Counter[int]) -> dict[str, int]:
    return {str(code): count for code, count in sorted(statuses.items())}


def memory_trend(samples: list[tuple[float, int, Holding]]) -> Trend:
    """MB in 1,000 requests, each page of the server counted once."""
    per_request = trend(
        [done for _, done, _ in samples], [held.proportional_mb for *_, held in samples]
    )
    return per_request.times(1000)


def descriptor_trend(samples: list[tuple[float, int, Holding]]) -> Trend:
    """How many descriptors more, from the first sample to the last."""
    times_s = [when for when, *_ in samples]
    per_second = trend(times_s, [held.descriptors for *_, held in samples])
    return per_second.times(times_s[-1] - times_s[0])


def slowdown(answers: list[tuple[float, float]]) -> Trend:
    """By how many percent the p99 of waiting grew, from the first answer to the last.

    ``answers``: when each was asked for, and seconds that it took.  Raises :class:`ValueError` for
    fewer than one in each of 12 windows.
    """
    if len(answers) < WINDOWS:
        raise ValueError(f"a p99 needs {WINDOWS} answers or more, not {len(answers)}")
    those = sorted(answers)
    windows = np.array_split(np.array(those), WINDOWS)
    p99s = np.array([np.percentile(window[:, 1], 99) for window in windows])
    middles = [float(np.median(window[:, 0])) for window in windows]
    relative = robust_line(middles, [float(value) for value in p99s / np.median(p99s)])
    return relative.times(100 * (those[-1][0] - those[0][0]))


def _held(samples: list[tuple[float, int, Holding]]) -> Found:
    """Memory and descriptors at both ends: medians of the first and the last window."""
    memory = window_medians([held.proportional_mb for *_, held in samples])
    descriptors = window_medians([held.descriptors for *_, held in samples])
    return {
        "memory_first_mb": round(memory[0], 1),
        "memory_last_mb": round(memory[-1], 1),
        "largest_worker_peak_mb": round(max(held.peak_mb for *_, held in samples), 1),
        "descriptors_first": round(descriptors[0]),
        "descriptors_last": round(descriptors[-1]),
    }


def _percentile_ms(answers: list[tuple[float, float]], percent: float) -> float:
    return round(1000 * float(np.percentile([took for _, took in answers], percent)), 1)
