"""From the operating point to a plain sentence of advice."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.assessment import Assessment
from skinapp.domain.triage import Advice, OperatingPoint
from skinapp.web.presenters.percent import bar_width, measured_percent, one_in, percents_apart
from skinapp.web.presenters.rates import Rate, measured_rates, predictive_rates


@dataclass(frozen=True, slots=True)
class AdviceWords:
    """Advice with its tone, its gauge and the evidence behind it."""

    tone: str
    heading: str
    probability: str
    threshold: str
    gauge_width: str
    gauge_threshold: str
    gauge_anchor: str
    text: str
    measured: str
    in_clinic: str


def advice_words(assessment: Assessment, prevalence: float | None = None) -> AdviceWords:
    """Put the advice into words.

    ``prevalence`` is the share of malignant lesions in the clinic (0 to 1), where it is known.
    """
    point = assessment.operating_point
    malignant = assessment.prediction.malignant_probability
    probability, threshold = percents_apart(malignant, point.threshold)
    suspicious = assessment.advice is Advice.SUSPICIOUS
    return AdviceWords(
        tone="suspicious" if suspicious else "calm",
        heading="Suspicious for malignancy" if suspicious else "Not flagged as suspicious",
        probability=probability,
        threshold=threshold,
        gauge_width=bar_width(malignant),
        gauge_threshold=bar_width(point.threshold),
        gauge_anchor=_anchor(point.threshold),
        text=_suspicious(assessment, threshold) if suspicious else _calm(point, threshold),
        measured=_measured(point),
        in_clinic="" if prevalence is None else _in_clinic(point, prevalence),
    )


def _anchor(threshold: float) -> str:
    """Keep the threshold's label within the drawing, whatever its width."""
    if threshold < 0.25:  # noqa: PLR2004 - a label is about half a small screen wide
        return "start"
    return "end" if threshold > 0.75 else "middle"  # noqa: PLR2004 - likewise


def _suspicious(assessment: Assessment, threshold: str) -> str:
    start = f"At or above the threshold of {threshold}: examine the lesion further, or refer."
    if assessment.unsure or assessment.prediction.top.malignant:
        return start
    return (
        f"{start} The most likely type is benign, but the malignant types together "
        "reach the threshold."
    )


def _calm(point: OperatingPoint, threshold: str) -> str:
    return (
        f"Below the threshold of {threshold}. This does not exclude cancer: "
        f"{missed_words(point)} Clinical judgement decides."
    )


def missed_words(point: OperatingPoint) -> str:
    """Say how many malignant lesions are missed, after a colon."""
    if point.sensitivity >= 1:
        return "that no malignant lesion was missed when this was measured is no promise."
    return f"{one_in(1 - point.sensitivity)} malignant lesions were missed at this threshold."


def _measured(point: OperatingPoint) -> str:
    sensitivity, specificity = measured_rates(point)
    return (
        f"On the {point.images:,} images on which this threshold was chosen "
        f"({point.measured_on}), the model flagged {sensitivity.value} of the "
        f"malignant ones (sensitivity{_after(', 95 % interval ', sensitivity)}) and left "
        f"{specificity.value} of the benign ones unflagged "
        f"(specificity{_after(', 95 % interval ', specificity)})."
    )


def _in_clinic(point: OperatingPoint, prevalence: float) -> str:
    positive, negative = predictive_rates(point, prevalence)
    return (
        f"Where {measured_percent(prevalence)} of the lesions are malignant, as set for this "
        f"clinic, {positive.value} of the flagged ones are "
        f"malignant (positive predictive value{_after(', ', positive)}), and "
        f"{negative.value} of the others are not "
        f"(negative predictive value{_after(', ', negative)})."
    )


def _after(words: str, rate: Rate) -> str:
    return f"{words}{rate.range}" if rate.range else ""
