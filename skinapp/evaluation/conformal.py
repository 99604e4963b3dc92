"""The bounds of prediction sets, calibrated on the validation part."""

from __future__ import annotations

import math

import numpy as np

from skinapp.domain.triage import LEAST_CONFIDENCE
from skinapp.evaluation.metrics import Floats, Ints, Scores
from skinapp.evaluation.tolerance import ToleranceLimit, tolerance_limit
from skinapp.model.card import Card
from skinapp.model.trust_entries import PredictionSetEntry

LEVELS = (0.90, 0.95)
FEW_IMAGES = 30


def calibrate_levels(
    scores: Scores, card: Card, *, measured_on: str
) -> tuple[PredictionSetEntry, ...]:
    """Calibrate all :data:`LEVELS`; sets of a higher one hold all that those of a lower one do.

    A bound that is lowered for that keeps at least what its entry says.
    """
    entries: list[PredictionSetEntry] = []
    for level in sorted(LEVELS):
        entry = calibrate(scores, card, level, measured_on=measured_on)
        lower = entries[-1].least_probabilities if entries else entry.least_probabilities
        # A malignant type's margin at the lower level may reach further down than the higher level.
        bounds = {
            code: min(least, lower[code]) for code, least in entry.least_probabilities.items()
        }
        entries.append(entry.model_copy(update={"least_probabilities": bounds}))
    return tuple(entries)


def calibrate(scores: Scores, card: Card, level: float, *, measured_on: str) -> PredictionSetEntry:
    """Find each class's least probability, so that ``level`` of its images keep it.

    Split conformal prediction within each class (Vovk, ACML 2012), with the class's own
    probability as the score.  Of n images of a class, the one at rank ``ceil((n + 1) * level)``
    from the top sets its bound; where there are too few images for the level, the class always
    remains possible.

    That promises the level on average over choices of calibration images: half of them keep less.
    A malignant class's bound is therefore a tolerance limit as well, over lesions (Vovk's training
    conditional validity), where it has lesions enough for one: a set without the melanoma harms,
    one with a melanoma too many asks for a second look.  Of fewer than 38 lesions at 90 %, or 77 at
    95 %, none may be missed, and the worst known photo sets the bound: larger sets are the price.

    A class of less than :data:`FEW_IMAGES` takes the bound of all images together, as Ding et al.,
    "Class-conditional conformal prediction with many classes", NeurIPS 2023, do with what they
    can't cluster: its own would be set by its one or two hardest images, so low that the class
    would stand in nearly every set and the sets would say nothing.  What is shared is a bound on
    the probability times the class's weight in a name: a rare class seldom reaches the probability
    that a common one does.  It promises no coverage of the rare class; what there is, is measured.
    """
    own = scores.probabilities[np.arange(len(scores.targets)), scores.targets]
    rule = card.rules.naming
    weights = np.ones(len(card.labels)) if rule is None else np.array(rule.weights)
    shared = _bound(own * weights[scores.targets], level)
    bounds: dict[str, float] = {}
    confidence: dict[str, float] = {}
    for index, label in enumerate(card.labels):
        its = scores.targets == index
        if its.sum() < FEW_IMAGES:
            bounds[label.code] = _rounded_down(min(1.0, shared / weights[index]))
            continue
        bound = _bound(own[its], level)
        limit = _margin(own[its], scores.groups[its], level) if scores.malignant[index] else None
        if limit is not None:
            bound, confidence[label.code] = min(bound, own[its][limit.photo]), limit.confidence
        bounds[label.code] = _rounded_down(bound)
    return PredictionSetEntry(
        level=level,
        least_probabilities=bounds,
        confidence=confidence,
        measured_on=measured_on,
        images=len(scores.targets),
    )


def _margin(own_probabilities: Floats, lesions: Ints, level: float) -> ToleranceLimit | None:
    """The bound that new lesions keep, too; None where too few promise less than thresholds do."""
    limit = tolerance_limit(own_probabilities, lesions, level)
    return limit if limit.confidence >= LEAST_CONFIDENCE else None


def _bound(own_probabilities: Floats, level: float) -> float:
    rank = int(np.ceil((len(own_probabilities) + 1) * level - 1e-9))
    if rank > len(own_probabilities):
        return 0.0
    return float(np.sort(own_probabilities)[-rank])


def _rounded_down(bound: float) -> float:
    """So that the image that sets the bound stays in."""
    return math.floor(bound * 1e6) / 1e6
