"""Probabilities as text."""

from __future__ import annotations

# A number and its sign stay on one line.
_SPACE = "\N{NO-BREAK SPACE}"
_MOST_DECIMALS = 3


def percent(share: float, decimals: int = 0) -> str:
    """Return a probability (0 to 1) as a percentage.

    A model is never certain: what would round to 0 or 100 is given as ``<1 %`` or ``>99 %``.
    """
    step = 10**-decimals
    text = f"{share * 100:.{decimals}f}"
    if float(text) <= 0:
        text = f"<{step:.{decimals}f}"
    elif float(text) >= 100:  # noqa: PLR2004 - per cent
        text = f">{100 - step:.{decimals}f}"
    return f"{text}{_SPACE}%"


def percents_apart(first: float, second: float) -> tuple[str, str]:
    """Return two probabilities with as many decimals as it takes to tell them apart.

    19.8 % just below a threshold of 20.1 % must not read "20 % is below 20 %".
    """
    for decimals in range(_MOST_DECIMALS):
        texts = percent(first, decimals), percent(second, decimals)
        if texts[0] != texts[1]:
            return texts
    return (
        (percent(first), percent(second))
        if first == second
        else (percent(first, _MOST_DECIMALS), percent(second, _MOST_DECIMALS))
    )


def measured_percent(share: float) -> str:
    """Return a measured rate (0 to 1) with one decimal; 0 and 100 can be true of a count."""
    return f"{share * 100:.1f}{_SPACE}%"


def of_hundred(share: float, none: str = "no") -> str:
    """Return a measured rate (0 to 1) as "about 5 of 100": so rates in words can be compared."""
    if share in (0, 1):
        return "all" if share else none
    whole = round(share * 100)
    if whole == 0:
        return "fewer than 1 of 100"
    return "more than 99 of 100" if whole == 100 else f"about {whole} of 100"  # noqa: PLR2004 - all


def bar_width(share: float) -> str:
    """Return a probability as the length of a bar in a drawing, as in ``82.00%``."""
    return f"{share * 100:.2f}%"
