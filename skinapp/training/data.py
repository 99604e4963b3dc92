"""What the loop reads: a deterministic stream of augmented views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.score import OFFLINE_LIMITS
from skinapp.intake.decode import decode_photo
from skinapp.training.augment import augmented_view
from skinapp.training.recipe import Recipe

Batch = tuple[Tensor, Tensor]


def open_image(path: Path) -> Image.Image:
    """Decode one file of the training set, through the door that uploads come in by."""
    photo = decode_photo(path.read_bytes(), OFFLINE_LIMITS)
    return Image.frombytes("RGB", (photo.width_px, photo.height_px), photo.rgb)


class ViewStream(Dataset[tuple[Tensor, int]]):
    """All views of a run, by position.

    Every draw and every augmentation follows from the recipe's seed and the position alone, so
    a resumed run sees what the uninterrupted one would have seen, whatever the workers.
    """

    def __init__(
        self, images: Sequence[LabelledImage], codes: Sequence[str], recipe: Recipe
    ) -> None:
        self._images = images
        self._recipe = recipe
        self.batch_size = recipe.optimiser.batch_size
        self._targets = [codes.index(image.code) for image in images]
        counts = Counter(self._targets)
        weights = np.array(
            [counts[target] ** -recipe.optimiser.sampling_exponent for target in self._targets]
        )
        rng = np.random.default_rng(recipe.seed)
        self._draws = rng.choice(len(images), size=len(self), p=weights / weights.sum())

    def __len__(self) -> int:
        return self._recipe.steps * self.batch_size

    def __getitem__(self, position: int) -> tuple[Tensor, int]:
        """The view at a position: uint8 ``(3, s, s)`` and its class index."""
        draw = int(self._draws[position])
        rng = np.random.default_rng([self._recipe.seed, position])
        size_px = self._recipe.size_at(position // self.batch_size)
        image = open_image(self._images[draw].path)
        view = augmented_view(image, size_px, self._recipe.augmentation, rng)
        return torch.from_numpy(view.copy()).permute(2, 0, 1), self._targets[draw]


def batches_from(stream: ViewStream, first_step: int, workers: int) -> Iterator[Batch]:
    """The batches of a run from a step on."""
    size = stream.batch_size
    sampler = [
        list(range(start, start + size)) for start in range(first_step * size, len(stream), size)
    ]
    # Its own generator: starting to read must not move the one that dropout draws from.
    generator = torch.Generator()
    return iter(DataLoader(stream, batch_sampler=sampler, num_workers=workers, generator=generator))
