"""What a run is measured by while it goes on."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from skinapp.domain.lesions import TAXONOMIES
from skinapp.evaluation.choose import balanced_accuracy, negative_log_likelihood
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.score import class_numbers
from skinapp.model.heads import Network
from skinapp.model.leaves import class_logits
from skinapp.training.infer import part_logits
from skinapp.training.loop import Validation
from skinapp.training.recipe import Recipe
from skinapp.training.start import class_of_output


class Validator:
    """Measures a network on the validation part, by class, whatever finer diagnoses it tells."""

    def __init__(
        self,
        images: Sequence[LabelledImage],
        recipe: Recipe,
        device: torch.device,
        workers: int,
    ) -> None:
        self._images, self._recipe, self._device = images, recipe, device
        self._targets = class_numbers(images, TAXONOMIES[recipe.taxonomy])
        self._workers = workers

    def __call__(self, network: Network) -> Validation:
        """Measure it as it is now."""
        shape = self._recipe.input
        leaf_logits = part_logits(
            network,
            self._images,
            shape,
            shape.validation_size_px,
            self._device,
            workers=self._workers,
        )
        logits = class_logits(leaf_logits, class_of_output(self._recipe))
        return Validation(
            loss=negative_log_likelihood(logits, self._targets, 1.0),
            accuracy=float((logits.argmax(axis=1) == self._targets).mean()),
            balanced_accuracy=balanced_accuracy(logits, self._targets),
        )
