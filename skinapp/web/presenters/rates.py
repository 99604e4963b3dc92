"""What an operating point achieved, as numbers with their ranges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from skinapp.domain.triage import OperatingPoint
from skinapp.web.presenters.percent import measured_percent, percent


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with its range (empty where there is none), and of what it is one."""

    name: str
    value: str
    range: str
    meaning: str


def measured_rates(point: OperatingPoint) -> tuple[Rate, Rate]:
    """Return sensitivity and specificity with their 95 % intervals."""
    return (
        _rate(
            "Sensitivity",
            point.sensitivity,
            point.sensitivity_interval,
            "of malignant lesions were flagged",
        ),
        _rate(
            "Specificity",
            point.specificity,
            point.specificity_interval,
            "of benign lesions were not flagged",
        ),
    )


def predictive_rates(point: OperatingPoint, prevalence: float) -> tuple[Rate, Rate]:
    """Return the predictive values where malignant lesions have a given share (0 to 1).

    Their ranges come from the ends of both intervals together.
    """
    values = point.predictive_values(prevalence)
    ends = [end.predictive_values(prevalence) for end in _ends_of_intervals(point)]
    flagged = tuple(end.malignant_if_flagged for end in ends)
    cleared = tuple(1 - end.malignant_if_not_flagged for end in ends)
    # It was not counted, so that it can be neither 0 nor 1.
    computed = partial(percent, decimals=1)
    return (
        _rate(
            "Positive predictive value",
            values.malignant_if_flagged,
            flagged,
            "of flagged lesions are malignant",
            computed,
        ),
        _rate(
            "Negative predictive value",
            1 - values.malignant_if_not_flagged,
            cleared,
            "of lesions not flagged are benign",
            computed,
        ),
    )


def _rate(
    name: str,
    value: float,
    ends: tuple[float, ...] | None,
    meaning: str,
    words: Callable[[float], str] = measured_percent,
) -> Rate:
    spread = f"{words(ends[0])} to {words(ends[1])}" if ends else ""
    return Rate(name, words(value), spread, meaning)


def _ends_of_intervals(point: OperatingPoint) -> list[OperatingPoint]:
    """The point at the lower and the upper end of both intervals; none where there are none."""
    if point.sensitivity_interval is None or point.specificity_interval is None:
        return []
    return [
        replace(point, sensitivity=sensitivity, specificity=specificity)
        for sensitivity, specificity in zip(
            point.sensitivity_interval, point.specificity_interval, strict=True
        )
    ]
