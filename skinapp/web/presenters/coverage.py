"""How often prediction sets held the true type, at home and elsewhere: what the card measured.

A promise of 90 % holds for lesions like those that it was calibrated on.  Where a card has figures
of other sets as well, pages say how much of the promise was left there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skinapp.domain.lesions import LesionType
from skinapp.model.card import Card, Estimate, SetMetrics
from skinapp.web.presenters.metric_words import part_words
from skinapp.web.presenters.percent import measured_percent
from skinapp.web.presenters.verdict import listed, within

_HOME = "test"
_FEW = 20


@dataclass(frozen=True, slots=True)
class _Measured:
    """Figures of a level on one of the card's parts; its images in words, its data in brackets."""

    part: str
    sets: SetMetrics
    images: str
    data: str


def coverage_note(card: Card, level: float, named: Sequence[LesionType]) -> str:
    """Say in a sentence how often sets of a level (0 to 1) held the true type.

    Of sets that named the same type alone, or of sets of several, where the card tells them apart:
    how often one name is right differs much from type to type.  Types that sets held less often
    for certain than promised are told apart.  Empty where the card lacks the figures of either the
    home set or another one.
    """
    measured = _coverages(card, level)
    if not measured:
        return ""
    told = _alone(card, measured, named[0]) if len(named) == 1 else ""
    missed = "".join(_missed(card, each) for each in measured)
    return f"{told or _together(measured, types=len(named))}{missed}"


def _alone(card: Card, measured: list[_Measured], lesion: LesionType) -> str:
    """How often this type was the true one where it alone was named; empty where not counted."""
    rates, never = [], []
    for each in measured:
        if not each.sets.named_alone:
            return ""
        rate = each.sets.named_alone.get(lesion.code)
        if lesion.code not in card.metrics[each.part].per_class:
            never.append(f" Images of {each.images} show none of this type to check its name on.")
        elif rate is None:
            never.append(f" It was never named alone on images of {each.images}.")
        else:
            rates.append(f"{_counted(rate)} images of {each.images}")
    name = within(lesion.name)
    if not rates:
        return f"Not measured: how often {name} is right where it alone is named.{''.join(never)}"
    return (
        f"Measured: where the model named {name} alone, that was the true type in {_joined(rates)}."
        f"{''.join(never)} Where this type is rarer, its name is right less often."
    )


def _counted(rate: Estimate) -> str:
    """A rate, in numbers where these are small: 66.7 % of 3 would say more than is known."""
    if rate.n < _FEW:
        return f"{round(rate.value * rate.n)} of {rate.n}"
    return _rate(rate)


def _rate(rate: Estimate) -> str:
    return f"{measured_percent(rate.value)} of {rate.n:,}"


def _together(measured: list[_Measured], *, types: int) -> str:
    alike = [each.sets.of_one if types == 1 else each.sets.of_several for each in measured]
    known = [rate for rate in alike if rate is not None]
    if len(known) < len(measured):
        known = [each.sets.coverage for each in measured]
        start = "the true type was among those named"
    elif types == 1:
        start = "where the model named one type alone, whichever, that was the true one"
    else:
        start = "where the model named several types, the true one was among them"
    found = [
        f"{_rate(rate)} images of {each.images}" for rate, each in zip(known, measured, strict=True)
    ]
    return f"Measured: {start} in {_joined(found)}."


def coverage_words(card: Card) -> tuple[str, ...]:
    """Say the same of each level that a card has, with 95 % intervals and the sets' names."""
    told = []
    for entry in sorted(card.prediction_sets, key=lambda each: each.level):
        found = [
            f"{_with_interval(each.sets.coverage)} images of {each.images}{each.data}"
            for each in _coverages(card, entry.level)
        ]
        if found:
            told.append(
                f"Sets of {entry.level * 100:.0f} % held the true type in {_joined(found)}."
            )
    return tuple(told)


def _with_interval(rate: Estimate) -> str:
    low, high = measured_percent(rate.low), measured_percent(rate.high)
    return f"{measured_percent(rate.value)} ({low} to {high}) of {rate.n:,}"


def _missed(card: Card, measured: _Measured) -> str:
    """The types whose whole interval lies below the level, in a sentence; empty without any."""
    sets = measured.sets
    found = [
        f"in {measured_percent(rate.value)} of {within(label.name)}"
        for label in card.labels
        if (rate := sets.per_class.get(label.code)) is not None and rate.high < sets.level
    ]
    if not found:
        return ""
    return (
        f" Of images of {measured.images}, answers made to hold the true type in at least "
        f"{sets.level * 100:.0f} % held it less often: {listed(found)}."
    )


def _coverages(card: Card, level: float) -> list[_Measured]:
    """What was measured of a level, home first.

    Empty unless both the home set and another one were measured.
    """
    home = _coverage(card, _HOME, level)
    others = [
        _Measured(name, found, within(part_words(name)[0]), f" ({card.metrics[name].data})")
        for name in card.training.other_images
        if (found := _coverage(card, name, level)) is not None
    ]
    if home is None or not others:
        return []
    at_home = f"{card.metrics[_HOME].data}, the model’s home set"
    return [_Measured(_HOME, home, at_home, ""), *others]


def _coverage(card: Card, part: str, level: float) -> SetMetrics | None:
    sets = card.metrics[part].sets if part in card.metrics else ()
    return next((each for each in sets if each.level == level), None)


def _joined(rates: list[str]) -> str:
    return ", and in ".join(rates)
