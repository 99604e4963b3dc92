"""What the model says about a photo."""

from __future__ import annotations

import math
from dataclasses import dataclass

from skinapp.domain.lesions import Leaf, LesionType


@dataclass(frozen=True, slots=True)
class ActivationMap:
    """Where the evidence for one class lies, on the square that the network was shown.

    ``values`` are row-major, ``rows * columns`` of them, from 0 to 1.
    """

    rows: int
    columns: int
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) != self.rows * self.columns:
            raise ValueError(f"{len(self.values)} values for {self.rows} x {self.columns}")


@dataclass(frozen=True, slots=True)
class LeafProbability:
    """A finer diagnosis, and how much of its class's probability (0 to 1) is its own."""

    leaf: Leaf
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """Calibrated probabilities over the model's classes, in the order of its card.

    ``embedding`` is what photos are compared by: the averaged last feature map, or a transformer's
    class token (float32, little-endian).  ``activation_map`` belongs to the most probable class,
    ``runner_up_map`` to the second one; None where the model has one map for all classes, and in
    records older than second maps.  ``novelty_score`` says how strange the photo is to the model
    (larger is stranger); None where the model has nothing to tell it by.  ``leaves`` are the finer
    diagnoses of those classes that have several, and sum up to them.
    """

    labels: tuple[LesionType, ...]
    probabilities: tuple[float, ...]
    activation_map: ActivationMap
    embedding: bytes
    model_name: str
    model_version: str
    novelty_score: float | None = None
    runner_up_map: ActivationMap | None = None
    leaves: tuple[LeafProbability, ...] = ()

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.probabilities):
            raise ValueError("one probability per label is needed")
        if not math.isclose(sum(self.probabilities), 1.0, abs_tol=1e-3):
            raise ValueError(f"probabilities sum to {sum(self.probabilities)}")

    @property
    def ranked(self) -> tuple[tuple[LesionType, float], ...]:
        """Lesion types with their probabilities, most probable first."""
        pairs = zip(self.labels, self.probabilities, strict=True)
        return tuple(sorted(pairs, key=lambda pair: -pair[1]))

    @property
    def top(self) -> LesionType:
        """The most probable lesion type."""
        return self.ranked[0][0]

    @property
    def top_probability(self) -> float:
        """Its probability, 0 to 1."""
        return self.ranked[0][1]

    def leaves_of(self, lesion: LesionType) -> tuple[LeafProbability, ...]:
        """The finer diagnoses of a class, most probable first; none where it has only itself."""
        own = (part for part in self.leaves if part.leaf.class_code == lesion.code)
        return tuple(sorted(own, key=lambda part: -part.probability))

    @property
    def malignant_probability(self) -> float:
        """Sum over the malignant classes, 0 to 1."""
        return min(1.0, sum(p for label, p in self.ranked if label.malignant))
