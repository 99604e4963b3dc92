"""From the operating point to a plain sentence of advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
        f"malignant ones (sensitivity{_interval(point.sensitivity_interval)}) and left "
        f"{measured_percent(point.specificity)} of the benign ones unflagged "
        f"(specificity{_interval(point.specificity_interval)})."
    )


def _interval(ends: tuple[float, float] | None) -> str:
    if ends is None:
        return ""
    return f", 95 % interval {measured_percent(ends[0])} to {measured_percent(ends[1])}"


def _in_clinic(point: OperatingPoint, prevalence: float) -> str:
    """Predictive values; their ranges come from the ends of both intervals together."""
    values = point.predictive_values(prevalence)
    ends = [end.predictive_values(prevalence) for end in _ends_of_intervals(point)]
    flagged = [end.malignant_if_flagged for end in ends]
    cleared = [1 - end.malignant_if_not_flagged for end in ends]
    return (
        f"Where {measured_percent(prevalence)} of the lesions are malignant, as set for this "
        f"clinic, {measured_percent(values.malignant_if_flagged)} of the flagged ones are "
        f"malignant (positive predictive value{_range(flagged)}), and "
        f"{measured_percent(1 - values.malignant_if_not_flagged)} of the others are not "
        f"(negative predictive value{_range(cleared)})."
    )


def _ends_of_intervals(point: OperatingPoint) -> list[OperatingPoint]:
    """The point at the lower and the upper end of both intervals; none where there are none."""
    if point.sensitivity_interval is None or point.specificity_interval is None:
        return []
    return [
        replace(point, sensitivity=sensitivity, specificity=specificity)
        for sensitivity, specificity in zip(
            point.sensitivity_interval, point.specificity_interval, strict=True
        )
    ]


def _range(ends: Sequence[float]) -> str:
    return f", {measured_percent(ends[0])} to {measured_percent(ends[1])}" if ends else ""
