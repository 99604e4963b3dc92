"""How often prediction sets hold the truth, on images that they were not calibrated on."""

from __future__ import annotations

import numpy as np

from skinapp.evaluation.metrics import (
    Flags,
    Floats,
    Scores,
    behind,
    weighted_share,
    with_intervals,
)
from skinapp.model.card import Card, Estimate, SetMetrics
from skinapp.model.trust_entries import PredictionSetEntry


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

    def of(chosen: Flags) -> Estimate | None:
        return with_intervals(
            lambda weights: {"coverage": weighted_share(covered[chosen], weights[chosen])},
            scores.groups,
            {"coverage": behind(scores.groups, chosen)},
            replicates=replicates,
            seed=seed,
        ).get("coverage")

    bootstrapped = with_intervals(of_all, scores.groups, replicates=replicates, seed=seed)
    return SetMetrics(
        level=entry.level,
        coverage=bootstrapped["coverage"],
        per_class={
            label.code: found
            for index, label in enumerate(card.labels)
            if (found := of(scores.targets == index)) is not None
        },
        mean_size=bootstrapped["mean_size"],
        single=bootstrapped["single"],
        of_one=of(sizes == 1),
        of_several=of(sizes > 1),
    )
