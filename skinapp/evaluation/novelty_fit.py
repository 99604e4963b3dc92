"""Fitting what novelty is judged by, and choosing among the ways to judge it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.evaluation.metrics import Ints, auroc
from skinapp.model.novelty import (
    MEASURES,
    Evidence,
    Statistics,
    directions,
    places_along,
    score,
)

Points = NDArray[np.float32]

# More directions, or a full covariance, tell foreign pictures apart less well: the small
# variances are noise.
DIRECTIONS = 128
NEIGHBOURS_KEPT = 1500
# Inverse strength of the penalty on the weights (scikit-learn's C): of 0.0001 to 0.1 all tell
# kinds that they were not fitted on equally well.
_PENALTY = 0.01
# Parts into which kinds are divided, so that each is judged by a fit without it.
_FOLDS = 5
_LOOKS = "looks"
_OF_FEATURES = ("mahalanobis", "relative_mahalanobis", "neighbours", "energy")
# Every judge of the network's features alone, with the looks, and the looks alone; and the distance
# along whose directions foreign pictures are learned, with the looks and what was learned.  That is
# never alone: a kind that resembles none of those has to be strange in some other way, and without
# the looks a lesion without its colours passes.
CHOICES: tuple[tuple[str, ...], ...] = (
    *((name,) for name in _OF_FEATURES),
    *((name, _LOOKS) for name in _OF_FEATURES),
    (_LOOKS,),
    ("mahalanobis", _LOOKS, "exposure"),
)


def fit_statistics(
    known: Evidence,
    targets: Ints,
    appearances: Points,
    validation: Evidence,
    foreign: Evidence,
    *,
    seed: int,
) -> dict[str, NDArray[np.generic]]:
    """Everything that any measure needs, by name.

    known: the training images, with their class indices ``targets``; appearances: theirs, and
    those of recoloured copies; validation: images that scale the measures against one another;
    foreign: pictures that show no lesion.
    """
    one = np.zeros(len(targets), dtype=np.int64)
    chosen = np.random.default_rng(seed).permutation(len(targets))[:NEIGHBOURS_KEPT]
    nearby = directions(known.embeddings[chosen]).astype(np.float16)
    unit = np.ones(1, np.float32)
    statistics: dict[str, NDArray[np.generic]] = {
        **_fit_gaussian("classes", known.embeddings, targets, unit),
        **_fit_gaussian("together", known.embeddings, one, unit),
        **_fit_gaussian(
            "looks",
            appearances,
            np.zeros(len(appearances), dtype=np.int64),
            appearances.std(axis=0) + 1e-6,
        ),
        "neighbours.directions": nearby,
    }
    statistics |= _fit_exposure(statistics, known.embeddings, foreign.embeddings)
    for name, measure in MEASURES.items():
        low, high = np.quantile(measure(statistics, validation), [0.5, 0.975])
        statistics[f"scale.{name}"] = np.array([low, max(high - low, 1e-9)], np.float32)
    return statistics


def needed(statistics: Statistics, measures: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """The statistics that these measures use, and no others."""
    prefixes = {
        "mahalanobis": ("classes.",),
        "relative_mahalanobis": ("classes.", "together."),
        "neighbours": ("neighbours.",),
        "energy": (),
        "looks": ("looks.",),
        "exposure": ("classes.", "exposure."),
    }
    wanted = (
        *chain.from_iterable(prefixes[name] for name in measures),
        *(f"scale.{name}" for name in measures),
    )
    return {name: value for name, value in statistics.items() if name.startswith(wanted)}


def compare(
    statistics: Statistics,
    known: Evidence,
    validation: Evidence,
    foreign: Evidence,
    kinds: Sequence[str],
) -> dict[tuple[str, ...], float]:
    """AUROC of every choice of measures: foreign pictures against validation images.

    ``kinds`` are those of the foreign pictures; each is judged by what was learned from other
    kinds, and validation images by what was learned from all, which flatters no choice.  Raises
    :class:`LabelsUnreadable` where all are of one kind.
    """
    if len(set(kinds)) < 2:  # noqa: PLR2004 - one to learn from, one to judge
        raise LabelsUnreadable("the foreign pictures to choose with are all of one kind")
    is_foreign = np.repeat([True, False], [len(foreign.logits), len(validation.logits)])
    weights = np.ones(len(is_foreign))
    apart = list(_kinds_apart(statistics, known, foreign, np.array(kinds)))
    found = {}
    for measures in CHOICES:
        scores = [score(others, measures, pictures) for others, pictures in apart]
        scores.append(score(statistics, measures, validation))
        found[measures] = round(auroc(is_foreign, np.concatenate(scores), weights), 5)
    return found


def _kinds_apart(
    statistics: Statistics, known: Evidence, foreign: Evidence, kinds: NDArray[np.str_]
) -> Iterator[tuple[Statistics, Evidence]]:
    """Foreign pictures of some kinds, and statistics for which only the others were used."""
    names, kind = np.unique(kinds, return_inverse=True)
    folds = min(_FOLDS, len(names))
    for fold in range(folds):
        here = kind % folds == fold
        learned = _fit_exposure(statistics, known.embeddings, foreign.embeddings[~here])
        yield {**statistics, **learned}, Evidence(*(values[here] for values in foreign))


def _fit_exposure(
    statistics: Statistics, known: Points, foreign: Points
) -> dict[str, NDArray[np.generic]]:
    """Logistic regression of foreign against known embeddings, both together counting equally."""
    from sklearn.linear_model import (  # noqa: PLC0415 - a requirement of fitting only
        LogisticRegression,
    )

    places = np.concatenate([places_along(statistics, each) for each in (known, foreign)])
    is_foreign = np.repeat([0, 1], [len(known), len(foreign)])
    fitted = LogisticRegression(C=_PENALTY, class_weight="balanced", max_iter=2000)
    fitted.fit(places, is_foreign)
    return {
        "exposure.weights": fitted.coef_[0].astype(np.float32),
        "exposure.bias": fitted.intercept_.astype(np.float32),
    }


def _fit_gaussian(
    prefix: str, points: Points, groups: Ints, unit: Points
) -> dict[str, NDArray[np.generic]]:
    """A centre for each group, and one covariance for all: main directions and a rest."""
    scaled = points / unit
    present = np.unique(groups)
    centres = np.stack([scaled[groups == group].mean(axis=0) for group in present])
    away = (scaled - centres[np.searchsorted(present, groups)]).astype(np.float64)
    covariance = away.T @ away / len(away)
    size = len(covariance)
    kept = min(DIRECTIONS, size, len(away) - 1)
    variances, basis = eigh(covariance, subset_by_index=[size - kept, size - 1])
    # Nothing that was measured is exact to more than this.
    floor = 1e-5 * float(np.trace(covariance)) / size + 1e-12
    # Where all directions are kept the rest is nothing but rounding, and must not count.
    rest = (
        (float(np.trace(covariance)) - float(variances.sum())) / (size - kept)
        if kept < size
        else np.inf
    )
    return {
        f"{prefix}.unit": np.asarray(unit, np.float32),
        f"{prefix}.centres": centres.astype(np.float32),
        # The few looks are strongly correlated: small variances matter, and rounding would too.
        f"{prefix}.basis": basis.T.astype(np.float32 if kept == size else np.float16),
        f"{prefix}.variances": np.maximum(variances, floor).astype(np.float32),
        f"{prefix}.rest_variance": np.array([max(rest, floor)], np.float32),
    }
