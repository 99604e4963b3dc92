"""From the operating point to a plain sentence of advice."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.assessment import Assessment
from skinapp.domain.triage import Advice, OperatingPoint
from skinapp.web.presenters.percent import bar_width, measured_percent, one_in, percents_apart


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


def advice_words(assessment: Assessment) -> AdviceWords:
    """Put the advice into words."""
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
        f"{_missed(point)} Clinical judgement decides."
    )


def _missed(point: OperatingPoint) -> str:
    if point.sensitivity >= 1:
        return "that no malignant lesion was missed when this was measured is no promise."
    return f"{one_in(1 - point.sensitivity)} malignant lesions were missed at this threshold."


def _measured(point: OperatingPoint) -> str:
    return (
        f"On the {point.images:,} images on which this threshold was chosen "
        f"({point.measured_on}), the model flagged {measured_percent(point.sensitivity)} of the "
        f"malignant ones (sensitivity) and left {measured_percent(point.specificity)} of the "
        "benign ones unflagged (specificity)."
    )
