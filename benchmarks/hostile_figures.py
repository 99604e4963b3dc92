"""What thousands of hostile uploads were answered, by kind; for docs/reliability.md."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one upload was answered, and after how many seconds."""

    kind: str
    status: int
    took_s: float


def collated(outcomes: Sequence[Outcome]) -> Found:
    """Uploads, answers by status and the slowest one, of all and of each kind.

    Raises :class:`ValueError` where there are none.
    """
    by_kind = defaultdict[str, list[Outcome]](list)
    for outcome in outcomes:
        by_kind[outcome.kind].append(outcome)
    return {**_row(outcomes), "kinds": {kind: _row(by_kind[kind]) for kind in sorted(by_kind)}}


def _row(outcomes: Sequence[Outcome]) -> Found:
    statuses = Counter(outcome.status for outcome in outcomes)
    return {
        "uploads": len(outcomes),
        "statuses": {str(status): statuses[status] for status in sorted(statuses)},
        "slowest_s": round(max(outcome.took_s for outcome in outcomes), 2),
    }


def lines(found: Found) -> list[str]:
    """The same for people, one line for each kind and one for all."""
    return [
        f"{name:32} {row['uploads']:6} uploads, slowest {row['slowest_s']:5.2f} s: "
        + ", ".join(f"{count} x {status}" for status, count in row["statuses"].items())
        for name, row in {**found["kinds"], "all": found}.items()
    ]
