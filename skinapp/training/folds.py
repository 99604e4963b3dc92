"""Folds of the training part, for networks that haven't seen a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skinapp.evaluation.labels import LabelledImage
from skinapp.training.recipe import Fold
from skinapp.training.split import Parts, lesions_by_class, rank

# One order for all recipes, whatever their seeds: networks of different folds have to agree on it.
_SEED = 0

# In place of the fold, where no network teaches the image.
UNTAUGHT = -1


def fold_of_lesion(images: Sequence[LabelledImage], count: int) -> dict[str, int]:
    """The fold of each lesion, 0 to ``count - 1``; every class is dealt out evenly.

    Depends on the lesion ids alone.  Raises
    :class:`~skinapp.training.split.LesionInTwoClasses`.
    """
    return {
        lesion: place % count
        for lesions in lesions_by_class(images).values()
        for place, lesion in enumerate(sorted(lesions, key=lambda each: rank(_SEED, each)))
    }


def without_fold(parts: Parts, fold: Fold | None) -> Parts:
    """The parts, of which the training part lacks the fold that is left out."""
    if fold is None:
        return parts
    folds = fold_of_lesion(parts.training, fold.count)
    kept = tuple(each for each in parts.training if folds[each.lesion_id] != fold.left_out)
    return replace(parts, training=kept)
