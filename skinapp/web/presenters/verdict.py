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
    """What stands on top of the result.

    ``left_out`` says why a type is not named that its probability speaks for, ``wider`` what a more
    careful list would add; both may be empty.
    """

    kicker: str
    heading: str
    explanation: str
    left_out: str
    wider: str


@dataclass(frozen=True, slots=True)
class WithheldWords:
    """Why no answer is given, and what to do about it."""

    heading: str
    reason: str
    advice: str


def verdict_words(assessment: Assessment) -> Verdict:
    """Put the verdict into words."""
    if assessment.refused:
        return _guess(assessment)
    asides = _left_out(assessment), _wider(assessment)
    if not assessment.unsure:
        return Verdict("Most likely lesion type", *_single(assessment), *asides)
    heading = _remaining(assessment.candidates) if assessment.sets else "The model is unsure"
    return Verdict("No single verdict", heading, _why_unsure(assessment), *asides)


def _single(assessment: Assessment) -> tuple[str, str]:
    """The heading and the explanation of one type."""
    top = assessment.prediction.top
    return top.name, f"{top.description}."


def _guess(assessment: Assessment) -> Verdict:
    """What the numbers of a photo that was not recognised say, without a promise."""
    kicker = "A guess, not an answer"
    if not assessment.unsure:
        return Verdict(kicker, *_single(assessment), "", "")
    heading = f"{_count(assessment.candidates)} lesion types would be named"
    explanation = "How often the true type is among these is not known for a photo like this:"
    return Verdict(kicker, heading, explanation, "", "")


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
    # "A or b or c" would read as three.
    if len(lesions) == _PAIR and not any(" or " in lesion.name for lesion in lesions):
        first, second = lesions
        return f"{first.name} or {within(second.name)}: both remain possible"
    return f"{_count(lesions)} lesion types remain possible"


def _count(lesions: Sequence[LesionType]) -> str:
    return _NUMBERS[len(lesions)] if len(lesions) < len(_NUMBERS) else str(len(lesions))


def _why_unsure(assessment: Assessment) -> str:
    prediction = assessment.prediction
    if assessment.sets:
        return (
            "The model can’t tell these apart with enough certainty. Such a list is made to hold "
            f"the true type in at least {_of_ten(assessment.sets[0].level)}, less often where that "
            "is a rare type:"
        )
    mass = sum(p for lesion, p in prediction.ranked if lesion in assessment.candidates)
    return (
        "No lesion type is probable enough to stand alone. "
        f"These candidates together reach {percent(mass)}:"
    )


def _left_out(assessment: Assessment) -> str:
    shares = dict(assessment.prediction.ranked)
    left = [f"{lesion.name} ({percent(shares[lesion])})" for lesion in assessment.passed_over]
    if not left:
        return ""
    names = listed([left[0], *map(within, left[1:])])
    if len(left) == 1:
        return (
            f"{names} is not named: each type has a minimum of its own, and this one is below it. "
            "It is not excluded."
        )
    return (
        f"{names} are not named: each type has a minimum of its own, and these are below theirs. "
        "They are not excluded."
    )


def _wider(assessment: Assessment) -> str:
    if len(assessment.sets) < _PAIR:
        return ""
    named, wide = assessment.sets[0], assessment.sets[-1]
    added = [within(lesion.name) for lesion in wide.lesions if lesion not in named.lesions]
    if not added:
        return ""
    what = "list" if assessment.unsure else "answer"
    return (
        f"A more careful {what}, made to hold the true type in at least "
        f"{_of_hundred(wide.level)}, would also name {listed(added)}."
    )


def malignant_words(assessment: Assessment) -> str:
    """Say which malignant types the verdict leaves open; empty where there are none."""
    names = [within(each.name) for each in assessment.candidates if each.malignant]
    if not names:
        return ""
    if not assessment.unsure:
        return "the most likely type is malignant"
    one = len(names) == 1
    if assessment.sets:
        return f"{listed(names)} {'remains' if one else 'remain'} possible"
    return f"{listed(names)} {'is' if one else 'are'} among the candidates"


def listed(names: Sequence[str]) -> str:
    """Names as they stand in a sentence: "a, b and c"."""
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
