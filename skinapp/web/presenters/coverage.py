"""How often prediction sets held the true type, at home and elsewhere: what the card measured.

A promise of 90 % holds for lesions like those that it was calibrated on.  Where a card has figures
of other sets as well, pages say how much of the promise was left there.
"""

from __future__ import annotations

from skinapp.model.card import Card, Estimate, SetMetrics
from skinapp.web.presenters.metric_words import part_words
from skinapp.web.presenters.percent import measured_percent
from skinapp.web.presenters.verdict import listed, within

_HOME = "test"


def coverage_note(card: Card, level: float, *, types: int) -> str:
    """Say in a sentence how often sets of a level (0 to 1) held the true type.

    Of sets of one type, or of several (``types`` says how many this one has), where the card tells
    them apart: one name alone is right less or more often than a list.  Types that sets held less
    often for certain than promised are told apart.  Empty where the card lacks the figures of
    either the home set or another one.
    """
    measured = _coverages(card, level)
    if not measured:
        return ""
    alike = [sets.of_one if types == 1 else sets.of_several for sets, _, _ in measured]
    known = [each for each in alike if each is not None]
    if len(known) < len(measured):
        known = [sets.coverage for sets, _, _ in measured]
        start = "the true type was among those named"
    elif types == 1:
        start = "where the model named one type alone, that was the true one"
    else:
        start = "where the model named several types, the true one was among them"
    found = [
        f"{measured_percent(rate.value)} of {rate.n:,} images of {where}"
        for rate, (_, where, _) in zip(known, measured, strict=True)
    ]
    missed = "".join(_missed(card, sets, where) for sets, where, _ in measured)
    return f"Measured: {start} in {_joined(found)}.{missed}"


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


def _missed(card: Card, sets: SetMetrics, where: str) -> str:
    """The types whose whole interval lies below the level, in a sentence; empty without any."""
    found = [
        f"in {measured_percent(rate.value)} of {within(label.name)}"
        for label in card.labels
        if (rate := sets.per_class.get(label.code)) is not None and rate.high < sets.level
    ]
    if not found:
        return ""
    return (
        f" Of images of {where}, answers made to hold the true type in at least "
        f"{sets.level * 100:.0f} % held it less often: {listed(found)}."
    )


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
