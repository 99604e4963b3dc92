"""All figures of merit of one set of images, as the card keeps them."""

from __future__ import annotations

import numpy as np

from skinapp.evaluation.coverage import measure_sets
from skinapp.evaluation.metrics import (
    Scores,
    class_behind,
    class_metrics,
    confusion_matrix,
    kept_share,
    malignant_behind,
    overall_metrics,
    triage_metrics,
    with_intervals,
)
from skinapp.model.card import Card, Estimate, Metrics

REPLICATES = 1000
SEED = 20181015


def measure(scores: Scores, card: Card, *, data: str, part: str) -> Metrics:
    """Measure everything with intervals."""
    images = len(scores.targets)
    counts = confusion_matrix(scores, np.ones(images))
    per_class = {
        label.code: with_intervals(
            lambda weights, index=index: class_metrics(scores, weights, index),  # type: ignore[misc]  # mypy can't infer a lambda's default
            scores.groups,
            class_behind(scores.groups, scores.targets == index),
            replicates=REPLICATES,
            seed=SEED,
        )
        for index, label in enumerate(card.labels)
        if (scores.targets == index).any()
    }
    return Metrics(
        data=data,
        part=part,
        images=images,
        codes=tuple(label.code for label in card.labels),
        overall=_overall(scores, card),
        per_class=per_class,
        confusion=tuple(tuple(int(cell) for cell in row) for row in counts),
        sets=measure_sets(scores, card, replicates=REPLICATES, seed=SEED),
    )


def _overall(scores: Scores, card: Card) -> dict[str, Estimate]:
    overall = with_intervals(
        lambda weights: (
            overall_metrics(scores, weights)
            | kept_share(scores, weights, card.rules.novelty_threshold)
        ),
        scores.groups,
        malignant_behind(scores),
        replicates=REPLICATES,
        seed=SEED,
    )
    return overall | measure_point(scores, card.operating_point.threshold)


def measure_point(scores: Scores, threshold: float) -> dict[str, Estimate]:
    """Sensitivity and specificity for malignant at a threshold."""
    return with_intervals(
        lambda weights: triage_metrics(scores, weights, threshold),
        scores.groups,
        malignant_behind(scores),
        replicates=REPLICATES,
        seed=SEED,
    )
