"""The deletion test: whether the map points at what the answer rests on.

Petsiuk, Das, Saenko, "RISE", BMVC 2018: the area that the map highlights most is taken away (here:
blurred, with soft edges) and the probability of the named class should fall faster than when an
area of the same shape somewhere else is taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from skinapp.domain.prediction import ActivationMap
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.metrics import with_intervals
from skinapp.evaluation.score import OFFLINE_LIMITS
from skinapp.intake.decode import decode_photo
from skinapp.model.card import Estimate
from skinapp.model.classifier import TorchClassifier
from skinapp.model.torchvision_door import functional

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_GRID = 14  # cells along a side: the finest that maps of 224 to 448 px have
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DeletionCurve:
    """Probability of the first named class against the share of the area blurred away.

    ``highlighted`` and ``at_random`` are ``(images, shares)``.
    """

    shares: tuple[float, ...]
    highlighted: Floats
    at_random: Floats

    def gap(self, *, replicates: int, seed: int) -> Estimate:
        """Mean gap between the curves; above 0 the map points at what matters."""
        gaps = (self.at_random - self.highlighted).mean(axis=1)
        return with_intervals(
            lambda weights: {"gap": float(np.average(gaps, weights=weights))},
            np.arange(len(gaps)),
            len(gaps),
            replicates=replicates,
            seed=seed,
        )["gap"]


def deletion_test(
    classifier: TorchClassifier, images: Sequence[LabelledImage], *, seed: int
) -> DeletionCurve:
    """Run the test over images."""
    rng = np.random.default_rng(seed)
    by_map: list[Floats] = []
    by_chance: list[Floats] = []
    for image in tqdm(images, desc="deletion test", unit="image"):
        photo = decode_photo(image.path.read_bytes(), OFFLINE_LIMITS)
        square = classifier.square(photo)
        prediction = classifier.predict(photo)
        index = prediction.labels.index(prediction.top)
        heat = cell_heat(prediction.activation_map)
        by_map.append(_falling(classifier, square, index, heat))
        by_chance.append(_falling(classifier, square, index, _moved(heat, rng)))
    return DeletionCurve(shares=SHARES, highlighted=np.stack(by_map), at_random=np.stack(by_chance))


def cell_heat(activation: ActivationMap) -> Floats:
    """The map resampled to the test's grid, flattened."""
    values = torch.tensor(activation.values).reshape(1, 1, activation.rows, activation.columns)
    grid = torch.nn.functional.interpolate(values, (_GRID, _GRID), mode="bilinear")
    return grid.flatten().double().numpy()


def _moved(heat: Floats, rng: np.random.Generator) -> Floats:
    """The same map at a random place, so that shape and edges are alike."""
    grid = heat.reshape(_GRID, _GRID)
    return np.roll(grid, rng.integers(_GRID, size=2), axis=(0, 1)).ravel()


def _falling(classifier: TorchClassifier, square: Tensor, index: int, heat: Floats) -> Floats:
    order = np.argsort(-heat, kind="stable")
    blurred = functional.gaussian_blur(square, [63, 63], [square.shape[-1] / 12] * 2)
    views = torch.stack([_without(square, blurred, order, share) for share in SHARES])
    return classifier.probabilities(views)[:, index]


def _without(square: Tensor, blurred: Tensor, order: NDArray[np.int64], share: float) -> Tensor:
    gone = torch.zeros(_GRID * _GRID)
    gone[torch.from_numpy(order[: round(share * len(order))].copy())] = 1.0
    mask = functional.resize(gone.reshape(1, _GRID, _GRID), list(square.shape[-2:]))
    mixed: Tensor = (mask * blurred + (1 - mask) * square).round().to(torch.uint8)
    return mixed
