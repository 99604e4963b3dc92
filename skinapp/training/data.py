"""What the loop reads: a deterministic stream of augmented views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from skinapp.evaluation.labels import LabelledImage
from skinapp.model.colour_constancy import white_light_tables
from skinapp.model.preprocess import tensor_of
from skinapp.model.square import centre
from skinapp.training.augment import augmented_view
from skinapp.training.open_image import open_image
from skinapp.training.recipe import Recipe

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Pool:
    """Images with their targets, and the share of the views that are drawn from them.

    ``folds`` says for each image which fold it is in, where that matters.
    """

    images: Sequence[LabelledImage]
    targets: Sequence[int]
    share: float = 1.0
    folds: Sequence[int] = ()

    def weights(self, exponent: float) -> NDArray[np.float64]:
        """Chance of each image: n^-exponent in a class of n, in all the pool's share."""
        counts = Counter(self.targets)
        each = np.array([counts[target] ** -exponent for target in self.targets])
        return np.asarray(self.share * each / each.sum(), dtype=np.float64)


class ViewStream(Dataset[tuple[Tensor, int]]):
    """All views of a run, by position.

    Every draw and every augmentation follows from the recipe's seed and the position alone, so
    a resumed run sees what the uninterrupted one would have seen, whatever the workers.
    """

    def __init__(self, pools: Sequence[Pool], recipe: Recipe) -> None:
        self._recipe = recipe
        self.batch_size = recipe.optimiser.batch_size
        self._images = [image for pool in pools for image in pool.images]
        self._targets = [target for pool in pools for target in pool.targets]
        self._folds = np.array([fold for pool in pools for fold in pool.folds], dtype=np.int64)
        sizes = [len(pool.images) for pool in pools]
        self._sets = np.repeat(np.arange(len(pools)), sizes)
        exponent = recipe.optimiser.sampling_exponent
        weights = np.concatenate([pool.weights(exponent) for pool in pools])
        self._weights = weights / weights.sum()
        rng = np.random.default_rng(recipe.seed)
        self._draws = rng.choice(len(weights), size=len(self), p=self._weights)

    def shares(self, outputs: int) -> NDArray[np.float64]:
        """Expected share of the draws that each of the network's outputs gets, ``(outputs,)``."""
        drawn = np.bincount(self._targets, weights=self._weights, minlength=outputs)
        return np.asarray(drawn, dtype=np.float64)

    def set_shares(self, outputs: int) -> NDArray[np.float64]:
        """Expected share of the draws by set and output, ``(sets, outputs)``."""
        cells = self._sets * outputs + np.array(self._targets)
        sets = int(self._sets[-1]) + 1
        drawn = np.bincount(cells, weights=self._weights, minlength=sets * outputs)
        return np.asarray(drawn.reshape(sets, outputs), dtype=np.float64)

    def sets_at(self, step: int) -> NDArray[np.int64]:
        """The number of the set that each image of a step's batch is from, ``(batch,)``."""
        return self._sets[self._drawn_at(step)]

    def folds_at(self, step: int) -> NDArray[np.int64]:
        """The fold of each image of a step's batch, ``(batch,)``, where the pools have folds."""
        return self._folds[self._drawn_at(step)]

    def _drawn_at(self, step: int) -> NDArray[np.int64]:
        start = step * self.batch_size
        return self._draws[start : start + self.batch_size]

    def __len__(self) -> int:
        return self._recipe.steps * self.batch_size

    def __getitem__(self, position: int) -> tuple[Tensor, int]:
        """The view at a position: uint8 ``(3, s, s)`` and its class index."""
        draw = int(self._draws[position])
        rng = np.random.default_rng([self._recipe.seed, position])
        size_px = self._recipe.size_at(position // self.batch_size)
        image = open_image(self._images[draw].path)
        if self._recipe.input.colour_constancy:
            image = image.point(white_light_tables(centre(np.asarray(image))).ravel().tolist())
        view = augmented_view(image, size_px, self._recipe.augmentation, rng)
        return tensor_of(view), self._targets[draw]


def batches_from(stream: ViewStream, first_step: int, workers: int) -> Iterator[Batch]:
    """The batches of a run from a step on."""
    size = stream.batch_size
    sampler = [
        list(range(start, start + size)) for start in range(first_step * size, len(stream), size)
    ]
    # Its own generator: starting to read must not move the one that dropout draws from.
    generator = torch.Generator()
    return iter(DataLoader(stream, batch_sampler=sampler, num_workers=workers, generator=generator))
