"""From the operating point to a plain sentence of advice."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.assessment import Assessment
from skinapp.domain.triage import Advice
from skinapp.web.presenters.percent import bar_width, percent, percents_apart
from skinapp.web.presenters.rates import Rate, measured_rates, predictive_rates
from skinapp.web.presenters.verdict import malignant_words
from skinapp.web.presenters.worth import Worth, threshold_worth

NO_ADVICE = "No advice: the photo was not recognised"


@dataclass(frozen=True, slots=True)
class AdviceWords:
    """Advice with its tone, its gauge and the evidence behind it."""

    tone: str
    icon: str
    heading: str
    probability: str
    threshold: str
    gauge_width: str
    gauge_threshold: str
    text: str
    brief: str
    measured: str
    in_clinic: str


def advice_words(
    assessment: Assessment, prevalence: float | None = None, worth: Worth | None = None
) -> AdviceWords:
    """Put the advice into words.

    ``prevalence`` is the share of malignant lesions in the clinic (0 to 1), where it is known;
    ``worth`` says what the threshold is worth, if more is known than the case itself keeps.
    """
    point = assessment.operating_point
    worth = worth or threshold_worth(point)
    malignant = assessment.prediction.malignant_probability
    probability, threshold = percents_apart(malignant, point.threshold)
    tone, icon, heading, text = _told(assessment, worth, threshold)
    known = None if assessment.refused else prevalence
    return AdviceWords(
        tone=tone,
        icon=icon,
        heading=heading,
        probability=probability,
        threshold=threshold,
        gauge_width=bar_width(malignant),
        gauge_threshold=bar_width(point.threshold),
        text=text,
        brief="" if assessment.refused else worth.brief,
        measured="" if assessment.refused else _measured(worth),
        in_clinic="" if known is None else _in_clinic(worth, known, malignant),
    )


def _told(assessment: Assessment, worth: Worth, threshold: str) -> tuple[str, str, str, str]:
    """The tone, the icon, the heading and the text."""
    if assessment.refused:
        return "withheld", "question", NO_ADVICE, worth_words(assessment, threshold)
    if assessment.advice is Advice.SUSPICIOUS:
        start = f"At or above the threshold of {threshold}: examine the lesion further, or refer."
        text = " ".join(filter(None, (start, benign_words(assessment))))
        return "suspicious", "alert", "Suspicious for malignancy", text
    text = (
        f"Below the threshold of {threshold}. {cancer_words(assessment, worth)} "
        "Clinical judgement decides."
    )
    # The tone that calms is not for a page that names a malignant type as possible.
    tone = "open" if _names_malignant(assessment) else "calm"
    return tone, "below", "Not flagged as suspicious", text


def worth_words(assessment: Assessment, threshold: str) -> str:
    """Say of a photo that was not recognised why its number is no advice."""
    reached = assessment.advice is Advice.SUSPICIOUS
    return (
        f"The number {'reaches' if reached else 'is below'} the threshold of {threshold}, but what "
        "the threshold is worth was measured on dermoscopic photos: take one."
    )


def benign_words(assessment: Assessment) -> str:
    """Say why a lesion is suspicious all of whose named types are benign; empty if one is not."""
    if _names_malignant(assessment):
        return ""
    named = "All types named are" if assessment.unsure else "The most likely type is"
    return f"{named} benign, but the malignant types together reach the threshold."


def _names_malignant(assessment: Assessment) -> bool:
    return any(lesion.malignant for lesion in assessment.candidates)


def cancer_words(assessment: Assessment, worth: Worth) -> str:
    """Say that a lesion below the threshold can be cancer all the same."""
    open_still = malignant_words(assessment)
    and_so = f"{open_still}, and " if open_still else ""
    return f"This does not exclude cancer: {and_so}{_missed(worth)}"


def _missed(worth: Worth) -> str:
    if all(point.sensitivity >= 1 for point in worth.points):
        return "that no malignant lesion was missed when this was measured is no promise."
    return f"{worth.missed}."


def _measured(worth: Worth) -> str:
    sensitivity, specificity = measured_rates(worth.point)
    return (
        f"On {worth.where}, the model flagged {sensitivity.value} of the "
        f"malignant ones (sensitivity{_after(', 95 % interval ', sensitivity)}) and left "
        f"{specificity.value} of the benign ones unflagged "
        f"(specificity{_after(', 95 % interval ', specificity)})."
        f"{worth.elsewhere_words}{worth.off_by_words}"
    )


def _in_clinic(worth: Worth, prevalence: float, malignant: float) -> str:
    positive, negative = predictive_rates(worth.point, prevalence)
    return (
        f"Where {percent(prevalence, 1)} of the lesions are malignant, as set for this "
        f"clinic, {positive.value} of the flagged ones are "
        f"malignant (positive predictive value{_after(', ', positive)}), and "
        f"{negative.value} of the others are not "
        f"(negative predictive value{_after(', ', negative)})."
        f"{worth.shifted_words(prevalence, malignant)}"
    )


def _after(words: str, rate: Rate) -> str:
    return f"{words}{rate.range}" if rate.range else ""
