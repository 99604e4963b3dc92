"""How often prediction sets held the true type, at home and elsewhere: what the card measured.

A promise of 90 % holds for lesions like those that it was calibrated on.  Where a card has figures
of other sets as well, pages say how much of the promise was left there.
"""

from __future__ import annotations

from skinapp.model.card import Card, Estimate, SetMetrics
from skinapp.web.presenters.metric_words import part_words
from skinapp.web.presenters.percent import measured_percent
from skinapp.web.presenters.verdict import within

_HOME = "test"


def coverage_note(card: Card, level: float) -> str:
    """Say in a sentence how often sets of a level (0 to 1) held the true type.

    Types that they held less often than that for certain are told apart.  Empty where the card
    lacks the figures of either the home set or another one.
    """
    found = [
        f"{measured_percent(sets.coverage.value)} of {sets.coverage.n:,} images of {where}"
        f"{_missed(card, sets)}"
        for sets, where, _ in _coverages(card, level)
    ]
    return f"Measured: the true type was among those named in {_joined(found)}." if found else ""


def coverage_words(card: Card) -> tuple[str, ...]:
    """Say the same of each level that a card has, with 95 % intervals and the sets' names."""
    told = []
    for entry in sorted(card.prediction_sets, key=lambda each: each.level):
        found = [
            f"{_with_interval(sets.coverage)} of {sets.coverage.n:,} images of {where}{data}"
            for sets, where, data in _coverages(card, entry.level)
        ]
        if found:
            told.append(
                f"Sets of {entry.level * 100:.0f} % held the true type in {_joined(found)}."
            )
    return tuple(told)


def _with_interval(rate: Estimate) -> str:
    low, high = measured_percent(rate.low), measured_percent(rate.high)
    return f"{measured_percent(rate.value)} ({low} to {high})"


def _missed(card: Card, sets: SetMetrics) -> str:
    """The types whose whole interval lies below the level, in brackets; empty without any."""
    found = [
        f"{measured_percent(rate.value)} where it was {within(label.name)}"
        for label in card.labels
        if (rate := sets.per_class.get(label.code)) is not None and rate.high < sets.level
    ]
    return f" (but in {_joined(found)})" if found else ""


def _coverages(card: Card, level: float) -> list[tuple[SetMetrics, str, str]]:
    """Figures, place, and the place's data in brackets, home first.

    Empty unless both the home set and another one were measured.
    """
    home = _coverage(card, _HOME, level)
    others = [
        (found, within(part_words(name)[0]), f" ({card.metrics[name].data})")
        for name in card.training.other_images
        if (found := _coverage(card, name, level)) is not None
    ]
    if home is None or not others:
        return []
    return [(home, f"{card.metrics[_HOME].data}, the model’s home set", ""), *others]


def _coverage(card: Card, part: str, level: float) -> SetMetrics | None:
    sets = card.metrics[part].sets if part in card.metrics else ()
    return next((each for each in sets if each.level == level), None)


def _joined(rates: list[str]) -> str:
    return ", and in ".join(rates)
