"""How often prediction sets hold the truth, on images that they were not calibrated on."""

from __future__ import annotations

from collections.abc import Callable

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

    def by_class(chosen: Callable[[int], Flags]) -> dict[str, Estimate]:
        found = {label.code: of(chosen(index)) for index, label in enumerate(card.labels)}
        return {code: estimate for code, estimate in found.items() if estimate is not None}

    bootstrapped = with_intervals(of_all, scores.groups, replicates=replicates, seed=seed)
    return SetMetrics(
        level=entry.level,
        coverage=bootstrapped["coverage"],
        per_class=by_class(lambda index: scores.targets == index),
        mean_size=bootstrapped["mean_size"],
        single=bootstrapped["single"],
        of_one=of(sizes == 1),
        of_several=of(sizes > 1),
        # The most probable class is in every set.
        named_alone=by_class(lambda index: (sizes == 1) & (scores.most_probable == index)),
    )
