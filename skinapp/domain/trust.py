"""When an answer is several answers, and when it is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skinapp.domain.lesions import LesionType
from skinapp.domain.prediction import Prediction

# Odds of two to one: of three such photos, the second type would be the true one in one.
_CLOSE_RATIO = 0.5


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """The lesion types that remain possible at a level (0 to 1), the most probable first.

    At a level of 0.9 the true type is in the set of nine lesions in ten, as long as the lesions
    are like those that the rule was calibrated on; of each type apart, where there were enough of
    it to calibrate by.
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


def close_rival(prediction: Prediction, named: Sequence[LesionType]) -> LesionType | None:
    """Return the second most probable type where it is close to the first; None where it is not.

    It is close where the page names both (``named``): whoever is told of two types wants to see
    what speaks for each.  It is so as well where it is at least half as probable as the first, even
    if the page names one alone.  Without a map of its own there is nothing to put beside.
    """
    if prediction.runner_up_map is None:
        return None
    (_, first), (rival, second), *_ = prediction.ranked
    return rival if rival in named or second >= _CLOSE_RATIO * first else None


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
