"""Ages as tables of patients write them."""

from __future__ import annotations

OLDEST_YEARS = 110


def age_years(value: str) -> float | None:
    """An age, or None where the cell holds none that can be.

    0 is what many tables write for "not known", so it is no age here.
    """
    try:
        age = float(value)
    except ValueError:
        return None
    return age if 0 < age <= OLDEST_YEARS else None
