"""When an answer is several answers, and when it is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skinapp.domain.lesions import LesionType
from skinapp.domain.prediction import Prediction

# Odds of two to one: of three such photos, the second type would be the true one in one.
_CLOSE_RATIO = 0.5
# One such photo in ten is of that type, whatever stands beside it.
_NOTABLE = 0.1


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


def close_rival(
    prediction: Prediction, named: Sequence[LesionType], *, by_set: bool
) -> LesionType | None:
    """Return the second most probable type where its map belongs beside the first's, else None.

    It does where the page names both (``named``): whoever is told of two types wants to see what
    speaks for each.  ``by_set`` says that a prediction set chose those.  A type outside it is ruled
    out, however close it came: a map would take that back.  Without sets nothing is ruled out, and
    a type counts as close that is at least half as probable as the first.  A type without a map of
    its own has nothing to put beside.
    """
    if prediction.runner_up_map is None:
        return None
    (_, first), (rival, second), *_ = prediction.ranked
    close = not by_set and second >= _CLOSE_RATIO * first
    return rival if rival in named or close else None


def passed_over(prediction: Prediction, named: Sequence[LesionType]) -> tuple[LesionType, ...]:
    """Return the types that a set leaves out where a reader of probabilities expects them in it.

    They are more probable than one that it holds (``named``), at least half as probable as the
    first, or as probable as one in ten: the bounds are each type's own.
    """
    least = min(share for lesion, share in prediction.ranked if lesion in named)
    bar = min(least, _CLOSE_RATIO * prediction.top_probability, _NOTABLE)
    return tuple(
        lesion for lesion, share in prediction.ranked if lesion not in named and share >= bar
    )


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
