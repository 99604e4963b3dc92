"""The words for one answer, for several that remain possible, and for none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skinapp.domain.assessment import Assessment
from skinapp.domain.lesions import LesionType
from skinapp.web.presenters.percent import percent

_PAIR = 2
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands on top of the result.  ``wider`` says what a more careful list would add."""

    kicker: str
    heading: str
    explanation: str
    wider: str


@dataclass(frozen=True, slots=True)
class WithheldWords:
    """Why no answer is given, and what to do about it."""

    heading: str
    reason: str
    advice: str


def verdict_words(assessment: Assessment) -> Verdict:
    """Put the verdict into words."""
    top = assessment.prediction.top
    if not assessment.unsure:
        return Verdict(
            "Most likely lesion type", top.name, top.description + ".", _wider(assessment)
        )
    heading = _remaining(assessment.candidates) if assessment.sets else "The model is unsure"
    return Verdict("No single verdict", heading, _why_unsure(assessment), _wider(assessment))


def withheld_words(assessment: Assessment) -> WithheldWords | None:
    """Say why there is no answer; None where there is one."""
    if not assessment.refused:
        return None
    return WithheldWords(
        heading="Not recognised as a dermoscopic photo",
        reason="The photo is further from those that the model learned from than nearly all true "
        "dermoscopic photos are. Any lesion type that it named would be a guess. This says "
        "nothing about the lesion: it does not mean that it is harmless.",
        advice="Take the photo through a dermatoscope, in focus, in its natural colours, with the "
        "lesion in the middle.",
    )


def _remaining(lesions: Sequence[LesionType]) -> str:
    if len(lesions) == _PAIR:
        first, second = lesions
        return f"{first.name} or {within(second.name)}: both remain possible"
    count = _NUMBERS[len(lesions)] if len(lesions) < len(_NUMBERS) else str(len(lesions))
    return f"{count} lesion types remain possible"


def _why_unsure(assessment: Assessment) -> str:
    prediction = assessment.prediction
    if assessment.sets:
        return (
            "The model can’t tell these apart with enough certainty. Such a list holds the true "
            f"type in about {_of_ten(assessment.sets[0].level)}, less often where that is a rare "
            "type:"
        )
    mass = sum(p for lesion, p in prediction.ranked if lesion in assessment.candidates)
    return (
        "No lesion type is probable enough to stand alone. "
        f"These candidates together reach {percent(mass)}:"
    )


def _wider(assessment: Assessment) -> str:
    if len(assessment.sets) < _PAIR:
        return ""
    named, wide = assessment.sets[0], assessment.sets[-1]
    added = [within(lesion.name) for lesion in wide.lesions if lesion not in named.lesions]
    if not added:
        return ""
    return (
        f"To hold the true type in {_of_hundred(wide.level)} rather than "
        f"{_of_hundred(named.level)}, the list would also name {_joined(added)}."
    )


def _joined(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def within(name: str) -> str:
    """A name or heading within a sentence."""
    return name[:1].lower() + name[1:]


def _of_ten(level: float) -> str:
    tenths = round(level * 10, 6)
    return f"{tenths:.0f} lesions of 10" if tenths == int(tenths) else _of_hundred(level)


def _of_hundred(level: float) -> str:
    return f"{level * 100:.0f} lesions of 100"
