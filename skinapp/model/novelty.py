"""Is this a picture like those the model learned from?  Numpy only.

The statistics stand in ``novelty.safetensors`` beside the weights, the threshold in the card;
``scripts/fit_trust.py`` writes both.  Without them nothing is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import Card
from skinapp.model.weights_file import readable_sha256_of

NOVELTY_FILE = "novelty.safetensors"

# Standard deviations; how much further a picture lies says nothing more of what it shows.
_FURTHEST = 6.0

Values = NDArray[np.float64]
# Small numbers are float32, bases and stored embeddings float16.
Statistics = Mapping[str, NDArray[Any]]


class Evidence(NamedTuple):
    """What is known of ``n`` pictures.

    embeddings: ``(n, channels)``; logits: ``(n, outputs)``, raw; appearances: ``(n, features)``
    of :func:`skinapp.model.appearance.appearance`.  All float32.
    """

    embeddings: NDArray[np.float32]
    logits: NDArray[np.float32]
    appearances: NDArray[np.float32]


def _gaussian(statistics: Statistics, prefix: str, points: NDArray[np.float32]) -> Values:
    """Squared Mahalanobis distance ``(n,)`` to the nearest of several centres.

    One covariance serves all: the variances along a basis of its main directions, and one
    variance for all the rest (Tipping and Bishop, "Probabilistic principal component analysis",
    J. R. Stat. Soc. B 61:611, 1999), which is what shrinks it.
    """
    variances = statistics[f"{prefix}.variances"]
    rest_variance = float(statistics[f"{prefix}.rest_variance"][0])
    nearest = np.full(len(points), np.inf)
    for centre in statistics[f"{prefix}.centres"]:
        away, along = _along(statistics, prefix, points, centre)
        rest = np.maximum((away**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        nearest = np.minimum(nearest, (along**2 / variances).sum(axis=1) + rest / rest_variance)
    return nearest


def _along(
    statistics: Statistics, prefix: str, points: NDArray[np.float32], centre: NDArray[np.float32]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """How far points ``(n, d)`` lie from a centre, and of that along the main directions."""
    away = points / statistics[f"{prefix}.unit"] - centre
    return away, away @ statistics[f"{prefix}.basis"].astype(np.float32, copy=False).T


def mahalanobis(statistics: Statistics, evidence: Evidence) -> Values:
    """Logarithm of the distance to the nearest class.

    Lee et al., "A simple unified framework for detecting out-of-distribution samples", NeurIPS
    2018.
    """
    return np.log(_gaussian(statistics, "classes", evidence.embeddings) + 1e-9)


def relative_mahalanobis(statistics: Statistics, evidence: Evidence) -> Values:
    """Distance to the nearest class, less that to all classes together.

    Ren et al., "A simple fix to Mahalanobis distance for improving near-OOD detection", 2021.
    """
    classes = _gaussian(statistics, "classes", evidence.embeddings)
    return classes - _gaussian(statistics, "together", evidence.embeddings)


def neighbours(statistics: Statistics, evidence: Evidence) -> Values:
    """One minus the cosine to the tenth nearest training image.

    Sun et al., "Out-of-distribution detection with deep nearest neighbors", ICML 2022.
    """
    known = statistics["neighbours.directions"].astype(np.float32, copy=False)
    cosines = directions(evidence.embeddings) @ known.T
    place = min(10, len(known))
    return np.asarray(1.0 - np.partition(cosines, -place, axis=1)[:, -place], np.float64)


def energy(statistics: Statistics, evidence: Evidence) -> Values:
    """Free energy of the logits; Liu et al., NeurIPS 2020."""
    del statistics
    return np.asarray(-np.logaddexp.reduce(evidence.logits.astype(np.float64), axis=1))


def looks(statistics: Statistics, evidence: Evidence) -> Values:
    """Logarithm of the distance of colours and structures to the usual ones."""
    return np.log(_gaussian(statistics, "looks", evidence.appearances) + 1e-9)


def exposure(statistics: Statistics, evidence: Evidence) -> Values:
    """Logit of a picture that shows no lesion, learned from some that don't.

    Hendrycks et al., "Deep anomaly detection with outlier exposure", ICLR 2019; here a linear
    classifier on the features as they are, so that lesion types are learned without it.
    """
    places = places_along(statistics, evidence.embeddings)
    logits = places @ statistics["exposure.weights"] + statistics["exposure.bias"]
    return np.asarray(logits, np.float64)


def places_along(statistics: Statistics, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where embeddings ``(n, channels)`` lie along the main directions: ``(n, directions)``.

    In standard deviations of a class, from the middle of all classes; six at most.
    """
    middle = statistics["classes.centres"].mean(axis=0)
    _, along = _along(statistics, "classes", embeddings, middle)
    places = along / np.sqrt(statistics["classes.variances"])
    return np.asarray(np.clip(places, -_FURTHEST, _FURTHEST), np.float32)


def directions(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embeddings ``(n, channels)`` scaled to length 1."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, 1e-12), np.float32)


Measure = Callable[[Statistics, Evidence], Values]
MEASURES: dict[str, Measure] = {
    "mahalanobis": mahalanobis,
    "relative_mahalanobis": relative_mahalanobis,
    "neighbours": neighbours,
    "energy": energy,
    "looks": looks,
    "exposure": exposure,
}


def score(statistics: Statistics, measures: Sequence[str], evidence: Evidence) -> Values:
    """Novelty ``(n,)`` of pictures: the sum of the measures, each on its own scale.

    The scale of a measure is such that known images have a median of 0 and one in forty lies
    above 1.
    """
    total = np.zeros(len(evidence.embeddings))
    for name in measures:
        centre, spread = (float(value) for value in statistics[f"scale.{name}"])
        total += (MEASURES[name](statistics, evidence) - centre) / spread
    return total


class NoveltyScorer:
    """Scores pictures with a model's own statistics."""

    def __init__(self, measures: Sequence[str], statistics: Statistics) -> None:
        """Take the statistics of the given measures."""
        self._measures = tuple(measures)
        # Small on disk, but float16 would be turned into float32 for every photo.
        self._statistics = {name: value.astype(np.float32) for name, value in statistics.items()}

    def score(self, evidence: Evidence) -> Values:
        """Novelty ``(n,)``; larger is stranger."""
        return score(self._statistics, self._measures, evidence)


def load_scorer(card: Card, folder: Path) -> NoveltyScorer | None:
    """Load the statistics of a model folder; None where its card has no novelty.

    Raises :class:`ModelRefused` where they are missing or not those of the card.
    """
    if card.novelty is None:
        return None
    path = folder / NOVELTY_FILE
    if not path.is_file():
        raise ModelRefused(f"{folder} has a card with a novelty threshold but no {NOVELTY_FILE}")
    found = readable_sha256_of(path)
    if found != card.novelty.statistics_sha256:
        raise ModelRefused(
            f"{path} has SHA-256 {found[:12]}..., but the card speaks of "
            f"{card.novelty.statistics_sha256[:12]}...: run scripts/fit_trust.py again"
        )
    try:
        return NoveltyScorer(card.novelty.measures, load_file(path))
    except (OSError, SafetensorError) as error:
        raise ModelRefused(f"{path} can't be read: {error}") from None
