"""The deletion and insertion tests: whether the map points at what the answer rests on.

Petsiuk, Das, Saenko, "RISE", BMVC 2018.  Deletion: the area that the map highlights most is taken
away (here: blurred, with soft edges) and the probability of the named class should fall faster
than when another area is taken away.  Insertion: everything is blurred, the highlighted area is
given back first, and the probability should rise faster.  The other areas are the same map at a
random place, and the middle of the picture: a lesion is mostly in the middle, so a map that just
points there is the harder rival.
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
from skinapp.evaluation.score import read_photo
from skinapp.model.card import Estimate
from skinapp.model.classifier import NetworkClassifier
from skinapp.model.square import Pixels
from skinapp.model.torchvision_door import functional

ORDERS = ("map", "random", "centre")
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_GRID = 14  # cells along a side: the finest that maps of 224 to 448 px have
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DeletionCurve:
    """Probability of the first named class against the share of the area blurred or given back.

    ``deleted`` and ``inserted`` hold ``(images, shares)`` for each of :data:`ORDERS`.
    """

    shares: tuple[float, ...]
    deleted: dict[str, Floats]
    inserted: dict[str, Floats]

    def gaps(self, *, replicates: int, seed: int) -> dict[str, Estimate]:
        """Mean gaps between the map's curves and the others'; above 0 the map is the better."""
        gaps = {
            "deletion_gap": self.deleted["random"] - self.deleted["map"],
            "deletion_gap_to_centre": self.deleted["centre"] - self.deleted["map"],
            "insertion_gap": self.inserted["map"] - self.inserted["random"],
            "insertion_gap_to_centre": self.inserted["map"] - self.inserted["centre"],
        }
        means = {name: values.mean(axis=1) for name, values in gaps.items()}
        images = len(means["deletion_gap"])
        return with_intervals(
            lambda weights: {
                name: float(np.average(values, weights=weights)) for name, values in means.items()
            },
            np.arange(images),
            replicates=replicates,
            seed=seed,
        )


def deletion_test(
    classifier: NetworkClassifier, images: Sequence[LabelledImage], *, seed: int
) -> DeletionCurve:
    """Run the test over images."""
    rng = np.random.default_rng(seed)
    deleted: dict[str, list[Floats]] = {name: [] for name in ORDERS}
    inserted: dict[str, list[Floats]] = {name: [] for name in ORDERS}
    for image in tqdm(images, desc="deletion test", unit="image"):
        photo = read_photo(image.path)
        square = classifier.square(photo)
        prediction = classifier.predict(photo)
        index = prediction.labels.index(prediction.top)
        heat = cell_heat(prediction.activation_map)
        heats = {"map": heat, "random": _moved(heat, rng), "centre": _centre_heat()}
        for name, each in heats.items():
            falling, rising = _curves(classifier, square, index, each)
            deleted[name].append(falling)
            inserted[name].append(rising)
    return DeletionCurve(
        shares=SHARES,
        deleted={name: np.stack(curves) for name, curves in deleted.items()},
        inserted={name: np.stack(curves) for name, curves in inserted.items()},
    )


def cell_heat(activation: ActivationMap) -> Floats:
    """The map resampled to the test's grid, flattened."""
    values = torch.tensor(activation.values).reshape(1, 1, activation.rows, activation.columns)
    grid = torch.nn.functional.interpolate(values, (_GRID, _GRID), mode="bilinear")
    return grid.flatten().double().numpy()


def _moved(heat: Floats, rng: np.random.Generator) -> Floats:
    """The same map at a random place, so that shape and edges are alike."""
    grid = heat.reshape(_GRID, _GRID)
    return np.roll(grid, rng.integers(_GRID, size=2), axis=(0, 1)).ravel()


def _centre_heat() -> Floats:
    """A map that knows nothing but where lesions mostly are."""
    places = np.arange(_GRID) - (_GRID - 1) / 2
    return np.asarray(-(places[:, None] ** 2 + places[None, :] ** 2), dtype=np.float64).ravel()


def _curves(
    classifier: NetworkClassifier, square: Pixels, index: int, heat: Floats
) -> tuple[Floats, Floats]:
    """Probabilities while the hottest cells are taken away, and while they are given back."""
    tensor = torch.from_numpy(square.copy()).permute(2, 0, 1)
    order = np.argsort(-heat, kind="stable")
    blurred = functional.gaussian_blur(tensor, [63, 63], [tensor.shape[-1] / 12] * 2)
    falling = [_replaced(tensor, blurred, order, share) for share in SHARES]
    rising = [_replaced(blurred, tensor, order, share) for share in SHARES]
    views = torch.stack([*falling, *rising]).permute(0, 2, 3, 1).numpy()
    probabilities = classifier.probabilities(views)[:, index]
    return probabilities[: len(SHARES)], probabilities[len(SHARES) :]


def _replaced(square: Tensor, by: Tensor, order: NDArray[np.int64], share: float) -> Tensor:
    """The square with the first share of the cells, in their order, taken from another."""
    taken = torch.zeros(_GRID * _GRID)
    taken[torch.from_numpy(order[: round(share * len(order))].copy())] = 1.0
    mask = functional.resize(taken.reshape(1, _GRID, _GRID), list(square.shape[-2:]))
    mixed: Tensor = (mask * by + (1 - mask) * square).round().to(torch.uint8)
    return mixed
