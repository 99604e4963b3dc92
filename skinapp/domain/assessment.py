"""What we tell the clinician."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.lesions import LesionType
from skinapp.domain.naming import NamingRule
from skinapp.domain.prediction import Prediction
from skinapp.domain.quality import QualityFinding
from skinapp.domain.triage import Advice, OperatingPoint
from skinapp.domain.trust import Novelty, PredictionSet, SetRule, close_rival, passed_over


@dataclass(frozen=True, slots=True)
class CertaintyRule:
    """When the model counts as unsure, and whom it then names, if it has no prediction sets.

    Below ``unsure_below`` (top probability, 0 to 1) no single verdict is given; the candidates
    are the most probable classes that together reach ``candidate_mass``.
    """

    unsure_below: float
    candidate_mass: float


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a model's card turns a prediction into an assessment.

    ``sets`` go from the lowest level to the highest; the first one decides whether there is a
    single verdict.  Without any, ``certainty`` does.  Without ``novelty_threshold`` no photo is
    refused.  Without ``naming`` the most probable type is named where one name is asked for.
    """

    operating_point: OperatingPoint
    certainty: CertaintyRule
    sets: tuple[SetRule, ...] = ()
    novelty_threshold: float | None = None
    naming: NamingRule | None = None

    def one_name(self, assessment: Assessment) -> LesionType:
        """The one type to name, of those that remain possible, where only one can be."""
        prediction = assessment.prediction
        if self.naming is None:
            return prediction.top
        return self.naming.name(prediction, assessment.candidates)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A prediction with the advice, certainty, novelty and quality findings that go with it.

    ``candidates`` are the types that the page names, the most probable first: one, or several
    where the model is ``unsure``.  ``novelty`` is None where the model can't tell.  ``rival`` is
    the second type where its map is to be shown beside that of the first.
    """

    prediction: Prediction
    advice: Advice
    operating_point: OperatingPoint
    unsure: bool
    candidates: tuple[LesionType, ...]
    findings: tuple[QualityFinding, ...]
    sets: tuple[PredictionSet, ...] = ()
    novelty: Novelty | None = None
    rival: LesionType | None = None

    @property
    def refused(self) -> bool:
        """Whether the photo is so unlike the model's own that its answer is withheld."""
        return self.novelty is not None and self.novelty.refused

    @property
    def passed_over(self) -> tuple[LesionType, ...]:
        """Types that the set leaves out in spite of their probability; none without sets."""
        return passed_over(self.prediction, self.candidates) if self.sets else ()


def assess(
    prediction: Prediction, rules: Rules, findings: tuple[QualityFinding, ...]
) -> Assessment:
    """Draw the conclusions from a prediction."""
    sets = tuple(rule.apply(prediction) for rule in rules.sets)
    candidates = sets[0].lesions if sets else _candidates(prediction, rules.certainty)
    return Assessment(
        prediction=prediction,
        advice=rules.operating_point.advice(prediction.malignant_probability),
        operating_point=rules.operating_point,
        unsure=len(candidates) > 1,
        candidates=candidates,
        findings=findings,
        sets=sets,
        novelty=_novelty(prediction, rules),
        rival=close_rival(prediction, candidates, by_set=bool(sets)),
    )


def _novelty(prediction: Prediction, rules: Rules) -> Novelty | None:
    if prediction.novelty_score is None or rules.novelty_threshold is None:
        return None
    return Novelty(prediction.novelty_score, rules.novelty_threshold)


def _candidates(prediction: Prediction, certainty: CertaintyRule) -> tuple[LesionType, ...]:
    if prediction.top_probability >= certainty.unsure_below:
        return (prediction.top,)
    named: list[LesionType] = []
    mass = 0.0
    for lesion, probability in prediction.ranked:
        named.append(lesion)
        mass += probability
        if len(named) > 1 and mass >= certainty.candidate_mass:
            break
    return tuple(named)
