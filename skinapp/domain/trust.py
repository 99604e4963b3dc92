"""When an answer is several answers, and when it is none."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.lesions import LesionType
from skinapp.domain.prediction import Prediction


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """The lesion types that remain possible at a level (0 to 1), the most probable first.

    At a level of 0.9 the true type is in the set of nine lesions in ten, whichever type it is,
    as long as the lesions are like those that the rule was calibrated on.
    """

    level: float
    lesions: tuple[LesionType, ...]

    def __post_init__(self) -> None:
        if not self.lesions:
            raise ValueError("a prediction set has at least one member")


@dataclass(frozen=True, slots=True)
class SetRule:
    """Which lesion types remain possible: those that reach the least probability of their own.

    ``least_probabilities`` (0 to 1) are in the order of the model's labels.  Vovk, "Conditional
    validity of inductive conformal predictors", ACML 2012; Sadinle, Lei and Wasserman, "Least
    ambiguous set-valued classifiers with bounded error levels", J. Am. Stat. Assoc. 114:223, 2019.
    """

    level: float
    least_probabilities: tuple[float, ...]

    def apply(self, prediction: Prediction) -> PredictionSet:
        """Draw up the set.

        The most probable type always belongs to it: that never lowers the coverage, the set is
        never empty, and the page never rules out the type that it shows on top.
        """
        least = dict(zip(prediction.labels, self.least_probabilities, strict=True))
        remaining = tuple(
            lesion
            for place, (lesion, probability) in enumerate(prediction.ranked)
            if place == 0 or probability >= least[lesion]
        )
        return PredictionSet(self.level, remaining)


@dataclass(frozen=True, slots=True)
class Novelty:
    """How far a photo is from those the model learned from, and how far is too far.

    Both are on the scale of the model's card, and larger is stranger.
    """

    score: float
    threshold: float

    @property
    def refused(self) -> bool:
        """Whether the photo is too strange for an answer."""
        return self.score > self.threshold
