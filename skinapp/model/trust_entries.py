"""What a card says about rarity, prediction sets and novelty.  Imports no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from skinapp.domain.naming import NamingRule
from skinapp.domain.trust import SetRule

Share = Annotated[float, Field(ge=0, le=1)]
MeasureName = Literal[
    "mahalanobis", "relative_mahalanobis", "neighbours", "energy", "looks", "exposure"
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PredictionSetEntry(_Part):
    """Which classes remain possible at a level: those with at least their own probability.

    ``least_probabilities`` are by class code.  ``confidence`` has, by code, the chance that a class
    with a margin keeps this level on new lesions; the others keep it on average, and classes of few
    images only all together.  ``measured_on`` names the images on which they were calibrated,
    ``images`` counts them.
    """

    level: Annotated[float, Field(gt=0, lt=1)]
    least_probabilities: dict[str, Share]
    confidence: dict[str, Share] = Field(default_factory=dict)
    measured_on: str
    images: int

    def rule(self, codes: Sequence[str]) -> SetRule:
        """The rule as the domain knows it, for labels in this order."""
        return SetRule(self.level, tuple(self.least_probabilities[code] for code in codes))


class RarityEntry(_Part):
    """How common the classes are, and how that counts.

    ``shares`` are those of the home set's training images, by class code.  In training rare classes
    are drawn more often; to take that back each probability is multiplied by its share to the power
    of ``calibration_exponent``, and all are made to sum to 1 again.  Where one type of a prediction
    set is to be named, its probability is divided by its share to the power of
    ``naming_exponent``.  Both were chosen on the ``images`` named by ``measured_on``.
    """

    shares: dict[str, Annotated[float, Field(gt=0, le=1)]]
    calibration_exponent: Share
    naming_exponent: Share
    measured_on: str
    images: int

    def offsets(self, codes: Sequence[str]) -> tuple[float, ...]:
        """What is added to the logits of labels in this order, after the temperature."""
        return tuple(self.calibration_exponent * math.log(self.shares[code]) for code in codes)

    def naming_rule(self, codes: Sequence[str]) -> NamingRule:
        """The rule as the domain knows it, for labels in this order."""
        return NamingRule(tuple(self.shares[code] ** -self.naming_exponent for code in codes))


class RefusalCount(_Part):
    """How many pictures of a kind were refused."""

    refused: int
    pictures: int


def all_together(counts: Mapping[str, RefusalCount]) -> RefusalCount:
    """How many pictures of all kinds were refused."""
    return RefusalCount(
        refused=sum(count.refused for count in counts.values()),
        pictures=sum(count.pictures for count in counts.values()),
    )


class NoveltyEntry(_Part):
    """How strange a photo may be, and what that was found to refuse.

    ``measures`` are summed up to the score.  ``statistics_sha256`` is the fingerprint of the file
    that it is computed with.  Scores above ``threshold`` are refused; ``kept`` is the share of the
    ``images`` named by ``measured_on`` that are not.  ``auroc`` has the area under the ROC curve
    of every choice of measures (joined by ``+``) that was compared, on those images against
    foreign pictures of the kinds ``chosen_with``, none of which is in ``far``, the final figure,
    or in ``further``, what other pictures showed since.  ``near`` are some of
    the same images, spoiled, and lesion types that were left out of the training; ``unseen_auroc``
    has, by class code, the area of the latter against untouched images of the other types.
    """

    measures: Annotated[tuple[MeasureName, ...], Field(min_length=1)]
    threshold: float
    statistics_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    measured_on: str
    images: int
    kept: Share
    auroc: dict[str, Share]
    far: dict[str, RefusalCount]
    near: dict[str, RefusalCount]
    unseen_auroc: dict[str, Share] = Field(default_factory=dict)
    chosen_with: tuple[str, ...] = ()
    further: dict[str, RefusalCount] = Field(default_factory=dict)

    @property
    def rule(self) -> tuple[object, ...]:
        """What decides over a refusal; all else tells how it was found, and what it did."""
        return self.measures, self.threshold, self.statistics_sha256
