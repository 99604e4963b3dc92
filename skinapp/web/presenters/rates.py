"""What an operating point achieved, as numbers with their ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    return (
        _computed(
            "Positive predictive value",
            values.malignant_if_flagged,
            flagged,
            "of flagged lesions are malignant",
        ),
        _computed(
            "Negative predictive value",
            1 - values.malignant_if_not_flagged,
            cleared,
            "of lesions not flagged are benign",
        ),
    )


def _rate(name: str, value: float, ends: tuple[float, ...] | None, meaning: str) -> Rate:
    spread = f"{measured_percent(ends[0])} to {measured_percent(ends[1])}" if ends else ""
    return Rate(name, measured_percent(value), spread, meaning)


def _computed(name: str, value: float, ends: tuple[float, ...], meaning: str) -> Rate:
    """A rate that was not counted, so that it can be neither 0 nor 1."""
    spread = f"{percent(ends[0], 1)} to {percent(ends[1], 1)}" if ends else ""
    return Rate(name, percent(value, 1), spread, meaning)


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
