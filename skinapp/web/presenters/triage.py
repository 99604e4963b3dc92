"""Refer or not: the advice first, for somebody who does not go by lesion types."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.assessment import Assessment
from skinapp.domain.prediction import Prediction
from skinapp.domain.triage import Advice, OperatingPoint
from skinapp.web.presenters.advice import NO_ADVICE, benign_words, cancer_words, worth_words
from skinapp.web.presenters.percent import percent, percents_apart
from skinapp.web.presenters.rates import Rate, measured_rates, predictive_rates
from skinapp.web.presenters.verdict import verdict_words, within
from skinapp.web.presenters.worth import Worth, threshold_worth

_NO_RATES = "There is no advice to trust: its rates were measured on dermoscopic photos."


@dataclass(frozen=True, slots=True)
class TriageWords:
    """What the page says of referral.

    ``parts`` are the malignant diagnoses that the probability is the sum of, the likeliest first;
    ``rates`` are told of the point that the advice goes by, ``measured`` says where they come
    from, and ``clinic`` where the predictive values among them hold, or why there are none.
    """

    heading: str
    reason: str
    caution: str
    parts_heading: str
    parts: tuple[tuple[str, str], ...]
    rates: tuple[Rate, ...]
    measured: str
    clinic: str
    types: str


def triage_words(
    assessment: Assessment, prevalence: float | None = None, worth: Worth | None = None
) -> TriageWords:
    """Put the advice into words.

    ``prevalence`` (0 to 1) is the clinic's, where it is known; ``worth`` says what the threshold
    is worth, if more is known than the case itself keeps.
    """
    point = assessment.operating_point
    worth = worth or threshold_worth(point)
    malignant = assessment.prediction.malignant_probability
    probability, threshold = percents_apart(malignant, point.threshold)
    heading, reason, caution = _told(assessment, worth, threshold)
    refused = assessment.refused
    return TriageWords(
        heading=heading,
        reason=reason,
        caution=caution,
        parts_heading=f"What makes up the {probability}",
        parts=_parts(assessment.prediction),
        rates=() if refused else _rates(worth.point, prevalence),
        measured=_NO_RATES if refused else _measured(worth, predictive=prevalence is not None),
        clinic="" if refused else _clinic(worth, prevalence, malignant),
        types=_types(assessment),
    )


def _told(assessment: Assessment, worth: Worth, threshold: str) -> tuple[str, str, str]:
    """The heading, the reason and the caution."""
    if assessment.refused:
        return NO_ADVICE, worth_words(assessment, threshold), ""
    refer = assessment.advice is Advice.SUSPICIOUS
    side = "reaches" if refer else "is below"
    reason = f"This {side} the threshold of {threshold}, from which on the model advises to refer."
    if refer:
        caution = " ".join(filter(None, (benign_words(assessment), _false_alarms(worth))))
        return "Refer: suspicious for malignancy", reason, caution
    return "Below the referral threshold", reason, _false_calm(assessment, worth)


def _false_alarms(worth: Worth) -> str:
    if all(point.specificity >= 1 for point in worth.points):
        return "It is no diagnosis."
    return f"It is no diagnosis: {worth.false_alarms}."


def _false_calm(assessment: Assessment, worth: Worth) -> str:
    return (
        f"{cancer_words(assessment, worth)} Refer all the same where history, change, or your own "
        "impression speaks for it."
    )


def _parts(prediction: Prediction) -> tuple[tuple[str, str], ...]:
    """Names and percentages of the malignant classes, or of their leaves where they have any."""
    found: list[tuple[str, float]] = []
    for lesion, probability in prediction.ranked:
        if not lesion.malignant:
            continue
        leaves = prediction.leaves_of(lesion)
        found += [(part.leaf.name, part.probability) for part in leaves] or [
            (lesion.name, probability)
        ]
    found.sort(key=lambda part: -part[1])
    return tuple((name, percent(probability)) for name, probability in found)


def _rates(point: OperatingPoint, prevalence: float | None) -> tuple[Rate, ...]:
    predictive = () if prevalence is None else predictive_rates(point, prevalence)
    return (*measured_rates(point), *predictive)


def _measured(worth: Worth, *, predictive: bool) -> str:
    where = f"Sensitivity and specificity were measured on {worth.where}."
    told = f"{worth.elsewhere_words}{worth.off_by_words}"
    if worth.point.sensitivity_interval is None or worth.point.specificity_interval is None:
        return where + told
    ends = ", and the predictive values at their ends" if predictive else ""
    return f"{where} In brackets: 95\N{NO-BREAK SPACE}% intervals{ends}.{told}"


def _clinic(worth: Worth, prevalence: float | None, malignant: float) -> str:
    if prevalence is None:
        return (
            "How many of the flagged lesions are malignant depends on how common malignant ones "
            "are where you work."
        )
    return (
        f"The predictive values hold where {percent(prevalence, 1)} of the lesions are "
        f"malignant, as set for this clinic.{worth.shifted_words(prevalence, malignant)}"
    )


def _types(assessment: Assessment) -> str:
    """What the folded part is about."""
    heading = within(verdict_words(assessment).heading)
    if assessment.refused:
        return f"Lesion types, a guess: {heading}"
    if assessment.unsure:
        return f"Lesion types: {heading}"
    return f"Most likely lesion type: {heading} ({percent(assessment.prediction.top_probability)})"
