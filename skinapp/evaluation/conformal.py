"""Prediction sets: calibrated on one part, checked on another."""

from __future__ import annotations

import math

import numpy as np

from skinapp.evaluation.metrics import Flags, Floats, Scores, weighted_share, with_intervals
from skinapp.model.card import Card, Estimate, SetMetrics
from skinapp.model.trust_entries import PredictionSetEntry

LEVELS = (0.90, 0.95)
FEW_IMAGES = 30


def calibrate(scores: Scores, card: Card, level: float, *, measured_on: str) -> PredictionSetEntry:
    """Find each class's least probability, so that ``level`` of its images keep it.

    Split conformal prediction within each class (Vovk, ACML 2012), with the class's own
    probability as the score.  Of n images of a class, the one at rank ``ceil((n + 1) * level)``
    from the top sets its bound; where there are too few images for the level, the class always
    remains possible.

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
    counts = np.bincount(scores.targets, minlength=len(card.labels))
    return PredictionSetEntry(
        level=level,
        least_probabilities={
            label.code: _rounded_down(
                min(1.0, shared / weights[index])
                if counts[index] < FEW_IMAGES
                else _bound(own[scores.targets == index], level)
            )
            for index, label in enumerate(card.labels)
        },
        measured_on=measured_on,
        images=len(scores.targets),
    )


def _bound(own_probabilities: Floats, level: float) -> float:
    rank = int(np.ceil((len(own_probabilities) + 1) * level - 1e-9))
    if rank > len(own_probabilities):
        return 0.0
    return float(np.sort(own_probabilities)[-rank])


def _rounded_down(bound: float) -> float:
    """So that the image that sets the bound stays in."""
    return math.floor(bound * 1e6) / 1e6


def members(probabilities: Floats, entry: PredictionSetEntry, card: Card) -> Flags:
    """Which classes each image's set has, ``(n, classes)``, as the domain's ``SetRule`` says."""
    bounds = np.array([entry.least_probabilities[label.code] for label in card.labels])
    inside = probabilities >= bounds
    inside[np.arange(len(inside)), probabilities.argmax(axis=1)] = True
    return np.asarray(inside)


def measure_sets(
    scores: Scores, card: Card, *, replicates: int, seed: int
) -> tuple[SetMetrics, ...]:
    """Coverage by class and the size of the sets, for every level that the card has."""
    return tuple(
        _measure(scores, card, entry, replicates=replicates, seed=seed)
        for entry in sorted(card.prediction_sets, key=lambda entry: entry.level)
    )


def _measure(
    scores: Scores, card: Card, entry: PredictionSetEntry, *, replicates: int, seed: int
) -> SetMetrics:
    inside = members(scores.probabilities, entry, card)
    covered = inside[np.arange(len(scores.targets)), scores.targets]
    sizes = inside.sum(axis=1)

    def of_all(weights: Floats) -> dict[str, float]:
        return {
            "coverage": weighted_share(covered, weights),
            "mean_size": float(np.average(sizes, weights=weights)),
            "single": float(np.average(sizes == 1, weights=weights)),
        }

    def of_class(chosen: Flags) -> Estimate:
        return with_intervals(
            lambda weights: {"coverage": weighted_share(covered[chosen], weights[chosen])},
            scores.groups,
            int(chosen.sum()),
            replicates=replicates,
            seed=seed,
        )["coverage"]

    bootstrapped = with_intervals(
        of_all, scores.groups, len(sizes), replicates=replicates, seed=seed
    )
    return SetMetrics(
        level=entry.level,
        coverage=bootstrapped["coverage"],
        per_class={
            label.code: of_class(scores.targets == index)
            for index, label in enumerate(card.labels)
            if (scores.targets == index).any()
        },
        mean_size=bootstrapped["mean_size"],
        single=bootstrapped["single"],
    )
