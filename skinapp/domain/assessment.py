"""What we tell the clinician."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.lesions import LesionType
from skinapp.domain.prediction import Prediction
from skinapp.domain.quality import QualityFinding
from skinapp.domain.triage import Advice, OperatingPoint


@dataclass(frozen=True, slots=True)
class CertaintyRule:
    """When the model counts as unsure, and whom it then names.

    Below ``unsure_below`` (top probability, 0 to 1) no single verdict is given; the candidates
    are the most probable classes that together reach ``candidate_mass``.
    """

    unsure_below: float
    candidate_mass: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """A prediction with the advice, certainty and quality findings that go with it."""

    prediction: Prediction
    advice: Advice
    operating_point: OperatingPoint
    unsure: bool
    candidates: tuple[LesionType, ...]
    findings: tuple[QualityFinding, ...]


def assess(
    prediction: Prediction,
    operating_point: OperatingPoint,
    certainty: CertaintyRule,
    findings: tuple[QualityFinding, ...],
) -> Assessment:
    """Draw the conclusions from a prediction."""
    unsure = prediction.top_probability < certainty.unsure_below
    return Assessment(
        prediction=prediction,
        advice=operating_point.advice(prediction.malignant_probability),
        operating_point=operating_point,
        unsure=unsure,
        candidates=_candidates(prediction, certainty) if unsure else (prediction.top,),
        findings=findings,
    )


def _candidates(prediction: Prediction, certainty: CertaintyRule) -> tuple[LesionType, ...]:
    named: list[LesionType] = []
    mass = 0.0
    for lesion, probability in prediction.ranked:
        named.append(lesion)
        mass += probability
        if len(named) > 1 and mass >= certainty.candidate_mass:
            break
    return tuple(named)
