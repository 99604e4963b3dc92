"""Figures of merit from targets and probabilities, each with a bootstrap interval.

All functions take ``weights``, one non-negative number an image: ones for the point estimate,
how often the image was drawn for a bootstrap replicate.  A metric that the images don't define
(a class that isn't there) is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skinapp.evaluation.intervals import clopper_pearson
from skinapp.model.card import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

CALIBRATION_BINS = 15
# Counts, for which an exact interval is known.
_SHARES = frozenset(
    {
        "accuracy",
        "sensitivity",
        "specificity",
        "malignant_sensitivity",
        "malignant_specificity",
        "kept_by_novelty",
        "coverage",
    }
)
# Where a class ranks wholly above the rest, each of its lesions does, and each of the others ranks
# below it; neither share of lesions is more than the area.
_AREAS = frozenset({"auroc", "malignant_auroc"})
# Sums of absolute gaps: each draw adds noise to every gap, so that all draws are too high.
_SUMS_OF_GAPS = frozenset(
    {"calibration_error", "expected_calibration_error", "malignant_calibration_error"}
)


class Behind(NamedTuple):
    """What a figure rests on: so many images, and lesions whose luck it hangs on."""

    images: int
    lesions: int


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model said about a set of images.

    targets: ``(n,)`` class indices; probabilities: ``(n, classes)``; malignant: ``(classes,)``;
    groups: ``(n,)`` lesion numbers, resampled together because photos of one lesion are alike;
    novelty: ``(n,)`` scores, larger is stranger, where the model has any; names: ``(n,)`` class
    indices, where the model has a rule for naming one class.
    """

    targets: Ints
    probabilities: Floats
    malignant: Flags
    groups: Ints
    novelty: Floats | None = None
    names: Ints | None = None

    @property
    def predicted(self) -> Ints:
        """The one class that is named for each image: the most probable one without a rule."""
        return self.most_probable if self.names is None else self.names

    @property
    def most_probable(self) -> Ints:
        """Most probable class of each image."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def malignant_probability(self) -> Floats:
        """Sum over the malignant classes, 0 to 1."""
        return np.asarray(self.probabilities[:, self.malignant].sum(axis=1))

    @property
    def is_malignant(self) -> Flags:
        """Whether the true class is malignant."""
        return np.asarray(self.malignant[self.targets])


def confusion_matrix(scores: Scores, weights: Floats) -> Floats:
    """Weighted counts ``(classes, classes)``: true classes as rows, predicted as columns."""
    classes = scores.probabilities.shape[1]
    cells = scores.targets * classes + scores.predicted
    counts = np.bincount(cells, weights=weights, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.float64)


def auroc(positive: Flags, score: Floats, weights: Floats) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative.

    Ties count half (Hanley and McNeil, Radiology 143:29, 1982).
    """
    _, rank = np.unique(score, return_inverse=True)
    up = np.bincount(rank, weights=weights * positive)
    down = np.bincount(rank, weights=weights * ~positive)
    pairs = up.sum() * down.sum()
    if pairs == 0:
        return float("nan")
    below = np.cumsum(down) - down
    return float((up * (below + 0.5 * down)).sum() / pairs)


def calibration_bins(said: Floats) -> Ints:
    """Index of the equal-width bin of each probability."""
    return np.minimum((said * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)


def _expected_gap(said: Floats, happened: Flags, weights: Floats) -> float:
    """Expected calibration error (Naeini et al., AAAI 2015; Guo et al., ICML 2017)."""
    gaps = np.bincount(
        calibration_bins(said), weights=weights * (said - happened), minlength=CALIBRATION_BINS
    )
    return float(np.abs(gaps).sum() / weights.sum())


def calibration_error(scores: Scores, weights: Floats) -> float:
    """Expected calibration error of the top probability."""
    right = np.asarray(scores.most_probable == scores.targets)
    return _expected_gap(scores.probabilities.max(axis=1), right, weights)


def malignant_calibration_error(scores: Scores, weights: Floats) -> float:
    """Expected calibration error of the malignant probability."""
    return _expected_gap(scores.malignant_probability, scores.is_malignant, weights)


def overall_metrics(scores: Scores, weights: Floats) -> dict[str, float]:
    """The figures that speak of all classes together."""
    counts = confusion_matrix(scores, weights)
    recall = _ratio(np.diag(counts), counts.sum(axis=1))
    present = ~np.isnan(recall)
    # A class that is there but never predicted has precision 0, as usual.
    precision = np.nan_to_num(_ratio(np.diag(counts), counts.sum(axis=0)))[present]
    f1 = _ratio(2 * np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1))[present]
    areas = [
        auroc(scores.targets == index, scores.probabilities[:, index], weights)
        for index in np.flatnonzero(present)
    ]
    return {
        "accuracy": float(np.trace(counts) / counts.sum()),
        "balanced_accuracy": float(recall[present].mean()),
        "macro_precision": float(precision.mean()),
        "macro_recall": float(recall[present].mean()),
        "macro_f1": float(f1.mean()),
        "macro_auroc": float(np.mean(areas)),
        "malignant_auroc": auroc(scores.is_malignant, scores.malignant_probability, weights),
        "expected_calibration_error": calibration_error(scores, weights),
        "malignant_calibration_error": malignant_calibration_error(scores, weights),
    }


def triage_metrics(scores: Scores, weights: Floats, threshold: float) -> dict[str, float]:
    """Sensitivity and specificity for malignant at an operating point chosen elsewhere."""
    flagged = scores.malignant_probability >= threshold
    ill = scores.is_malignant
    return {
        "malignant_sensitivity": weighted_share(flagged[ill], weights[ill]),
        "malignant_specificity": weighted_share(~flagged[~ill], weights[~ill]),
    }


def kept_share(scores: Scores, weights: Floats, threshold: float | None) -> dict[str, float]:
    """Share of images that novelty lets through; nothing where it isn't measured."""
    if scores.novelty is None or threshold is None:
        return {}
    return {"kept_by_novelty": weighted_share(scores.novelty <= threshold, weights)}


def class_metrics(scores: Scores, weights: Floats, index: int) -> dict[str, float]:
    """One class against the rest."""
    true, named = scores.targets == index, scores.predicted == index
    return {
        "sensitivity": weighted_share(named[true], weights[true]),
        "specificity": weighted_share(~named[~true], weights[~true]),
        "auroc": auroc(true, scores.probabilities[:, index], weights),
        "calibration_error": _expected_gap(scores.probabilities[:, index], true, weights),
    }


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotients, NaN where there is nothing to divide by."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def weighted_share(flags: Flags, weights: Floats) -> float:
    """Share of the weight that is on what is true; NaN where there is none."""
    total = weights.sum()
    return float((weights * flags).sum() / total) if total > 0 else float("nan")


def behind(groups: Ints, chosen: Flags | None = None) -> Behind:
    """Count the chosen images, all without a choice, and their lesions."""
    those = groups if chosen is None else groups[chosen]
    return Behind(len(those), len(np.unique(those)))


def area_behind(groups: Ints, of_class: Flags) -> Behind:
    """What the area under a class's ROC curve rests on: all images, and the fewer lesions."""
    fewer = min(behind(groups, side).lesions for side in (of_class, ~of_class))
    return Behind(len(groups), fewer)


def class_behind(groups: Ints, of_class: Flags, prefix: str = "") -> dict[str, Behind]:
    """What the figures of one class against the rest rest on; their names begin with ``prefix``."""
    return {
        f"{prefix}sensitivity": behind(groups, of_class),
        f"{prefix}specificity": behind(groups, ~of_class),
        f"{prefix}auroc": area_behind(groups, of_class),
    }


def malignant_behind(scores: Scores) -> dict[str, Behind]:
    """Likewise of malignant against benign."""
    return class_behind(scores.groups, scores.is_malignant, "malignant_")


def with_intervals(
    measure: Callable[[Floats], dict[str, float]],
    groups: Ints,
    rests_on: Mapping[str, Behind] = MappingProxyType({}),
    *,
    replicates: int,
    seed: int,
) -> dict[str, Estimate]:
    """Point estimates with 95 % percentile intervals of a bootstrap over lesions.

    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13; those of
    calibration errors without the draws' bias.
    Where a share is the same in every draw, as 1/1 is, the interval is the exact one of so many
    lesions, and so for the area under a ROC curve.  ``rests_on`` names the figures that rest on
    others than all images and lesions.
    """
    points, everything = measure(np.ones(len(groups))), behind(groups)
    rng = np.random.default_rng(seed)
    lesions = int(groups.max()) + 1
    draws = [measure(_resample(groups, lesions, rng)) for _ in range(replicates)]
    return {
        name: _estimate(name, value, [draw[name] for draw in draws], rests_on.get(name, everything))
        for name, value in points.items()
        if not np.isnan(value)
    }


def _resample(groups: Ints, lesions: int, rng: np.random.Generator) -> Floats:
    times_drawn = np.bincount(rng.integers(lesions, size=lesions), minlength=lesions)
    return times_drawn[groups].astype(np.float64)


def _estimate(name: str, value: float, draws: Sequence[float], rests_on: Behind) -> Estimate:
    low, high = np.nanpercentile(np.asarray(draws), [2.5, 97.5])
    if name in _SUMS_OF_GAPS:
        # Efron and Tibshirani, chapter 10: what the draws are off by on average is taken off.
        excess = np.nanmean(draws) - value
        low, high = max(0.0, min(low - excess, value)), max(high - excess, value)
    if low == high and name in _SHARES | _AREAS:
        low, high = clopper_pearson(round(value * rests_on.lesions), rests_on.lesions)
    return Estimate(
        value=round(value, 5),
        low=round(float(low), 5),
        high=round(float(high), 5),
        n=rests_on.images,
    )
