"""The 95 % interval of a share that was counted."""

from __future__ import annotations


def clopper_pearson(hits: int, n: int) -> tuple[float, float]:
    """Exact interval (Clopper and Pearson, Biometrika 26:404, 1934) of ``hits`` in ``n``."""
    # Imported here: bulk scoring shares this room, and is installed without SciPy.
    from scipy.stats import beta  # noqa: PLC0415 - see above

    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return low, high
