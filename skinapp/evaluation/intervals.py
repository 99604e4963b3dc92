"""95 % intervals of a share that was counted."""

from __future__ import annotations

from math import sqrt

from scipy.stats import beta

_Z_95 = 1.959963984540054


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's score interval (J. Am. Stat. Assoc. 22:209, 1927) of ``hits`` in ``n`` above 0."""
    share, z2 = hits / n, _Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def clopper_pearson(hits: int, n: int) -> tuple[float, float]:
    """Exact interval (Clopper and Pearson, Biometrika 26:404, 1934) of ``hits`` in ``n``."""
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return low, high
