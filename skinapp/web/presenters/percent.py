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


def one_in(share: float) -> str:
    """Return a rate (0 to 1, above 0) as "about 1 in 20"; as "about 60 in 100" where it is high."""
    whole = round(1 / share)
    if whole >= 3:  # noqa: PLR2004 - "1 in 2" is too coarse for what lies around it
        return f"about 1 in {whole}"
    return f"about {round(share * 100)} in 100"


def bar_width(share: float) -> str:
    """Return a probability as the length of a bar in a drawing, as in ``82.00%``."""
    return f"{share * 100:.2f}%"
