"""How fast one quantity grows with another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import theilslopes

# Memory grows in steps and stays: neighbouring samples tell the same thing twice, and an interval
# from all of them would be too narrow.  The medians of so many equal windows count instead.
WINDOWS = 12
_FEWEST_WINDOWS = 4
FEWEST_SAMPLES = 2 * _FEWEST_WINDOWS
# Of fewer windows than 12 an interval is so wide, or so chancy, that a table had better have none.
WHOLE_SAMPLES = 2 * WINDOWS
CONFIDENCE = 0.95

Verdict = Literal["held", "undecided", "broken"]


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope with the ends of its 95 % confidence interval."""

    slope: float
    low: float
    high: float

    def times(self, factor: float) -> Trend:
        """The same in another unit; ``factor`` is above 0."""
        return Trend(self.slope * factor, self.low * factor, self.high * factor)

    def verdict(self, most: float) -> Verdict:
        """Whether the slope is at most ``most``: for sure, for sure not, or not to be told."""
        if self.high <= most:
            return "held"
        return "broken" if self.low > most else "undecided"

    def rounded(self, digits: int) -> list[float]:
        """Slope, lower and upper end, for JSON."""
        return [round(value, digits) for value in (self.slope, self.low, self.high)]


def robust_line(across: Sequence[float], up: Sequence[float]) -> Trend:
    """The median of the slopes between all pairs of points, which single outliers don't move.

    The interval is Sen's (Sen PK, Journal of the American Statistical Association 1968;63:1379-89)
    and takes the points for independent.  Raises :class:`ValueError` for fewer than four points.
    """
    if len(across) < _FEWEST_WINDOWS:
        raise ValueError(f"a line needs {_FEWEST_WINDOWS} points or more, not {len(across)}")
    slope, _, low, high = theilslopes(up, across, alpha=CONFIDENCE)
    return Trend(float(slope), float(low), float(high))


def trend(across: Sequence[float], up: Sequence[float]) -> Trend:
    """The robust line through the medians of equal windows of samples that follow each other.

    Raises :class:`ValueError` for fewer than eight samples: a longer measurement is needed.
    """
    if len(across) < FEWEST_SAMPLES:
        raise ValueError(f"a trend needs {FEWEST_SAMPLES} samples or more, not {len(across)}")
    return robust_line(window_medians(across), window_medians(up))


def window_medians(values: Sequence[float]) -> list[float]:
    """The medians of at most 12 equal windows, each of two values or more."""
    windows = np.array_split(np.asarray(values, float), min(WINDOWS, len(values) // 2))
    return [float(np.median(window)) for window in windows]


def growth_power(across: Sequence[float], up: Sequence[float]) -> float:
    """The power ``p`` of ``up = c * across ** p`` that fits best, by least squares of logarithms.

    0: does not grow; 1: in proportion; above 1: faster.  Raises :class:`ValueError` for fewer than
    two points, and for values that are not above 0.
    """
    if len(across) < 2 or min(*across, *up) <= 0:
        raise ValueError("growth needs two points or more, all above 0")
    return float(np.polyfit(np.log(across), np.log(up), 1)[0])
