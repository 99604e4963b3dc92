"""How fast one quantity grows with another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def growth_power(across: Sequence[float], up: Sequence[float]) -> float:
    """The power ``p`` of ``up = c * across ** p`` that fits best, by least squares of logarithms.

    0: does not grow; 1: in proportion; above 1: faster.  Raises :class:`ValueError` for fewer than
    two points, and for values that are not above 0.
    """
    if len(across) < 2 or min(*across, *up) <= 0:
        raise ValueError("growth needs two points or more, all above 0")
    return float(np.polyfit(np.log(across), np.log(up), 1)[0])
