"""From split data sets to the pools that a run draws its views from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from skinapp.domain.lesions import outputs_of
from skinapp.training.data import Pool
from skinapp.training.folds import UNTAUGHT, fold_of_lesion, without_fold
from skinapp.training.recipe import Recipe
from skinapp.training.sources import Source, leaf_codes


def training_pools(recipe: Recipe, sources: Sequence[Source], data: Path) -> list[Pool]:
    """The training images of each set with their targets, without the fold that is left out.

    Where folds teach, with the fold of each image too, ``UNTAUGHT`` in a set whose labels alone
    teach it.
    """
    by_labels = {extra.folder for extra in recipe.extra if not extra.taught}
    outputs = [leaf.code for leaf in outputs_of(recipe.taxonomy, leaves=recipe.leaves)]
    pools = []
    for source in sources:
        images = without_fold(source.parts, recipe.split.fold).training
        leaves = leaf_codes(data, images) if recipe.leaves else {}
        targets = [outputs.index(leaves.get(image.image_id, image.code)) for image in images]
        folds = []
        if recipe.teacher and recipe.teacher.folds:
            folds = [UNTAUGHT] * len(images)
            if source.name not in by_labels:
                of_lesion = fold_of_lesion(source.parts.training, recipe.teacher.folds)
                folds = [of_lesion[image.lesion_id] for image in images]
        pools.append(Pool(images, targets, source.share, folds))
    return pools
