"""What a run trains on: the home data set, and images of other clinics beside it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skinapp.domain.lesions import ACTINIC_KERATOSIS, SQUAMOUS_CELL_CARCINOMA, TAXONOMIES
from skinapp.evaluation.folders import read_folder_images
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable, read_labelled_images
from skinapp.training.conflicts import (
    ConflictRule,
    find_pictures,
    keep_pictures_together,
    settle_conflicts,
)
from skinapp.training.duplicates import duplicate_groups, perceptual_hash
from skinapp.training.open_image import open_image
from skinapp.training.recipe import Extra, Recipe
from skinapp.training.split import Parts, split_by_lesion

_ARCHIVE_TABLE = "isic_archive_metadata.csv"
_ARCHIVE_LEAVES = {
    "Solar or actinic keratosis": ACTINIC_KERATOSIS,
    "Squamous cell carcinoma, NOS": SQUAMOUS_CELL_CARCINOMA,
}


@dataclass(frozen=True, slots=True)
class Source:
    """The parts of one data set, and the share of the training views drawn from it."""

    name: str
    parts: Parts
    share: float


def read_sources(
    recipe: Recipe,
    data: Path,
    table: Path | None,
    others_root: Path,
    codes: Sequence[str],
    *,
    conflicts: ConflictRule = "refuse",
) -> list[Source]:
    """Read and split the home set, then the recipe's extra sets, which lie below a root.

    Without a table the home set has a folder a class.  Raises
    :class:`~skinapp.training.conflicts.PicturesInTwoClasses` for a home set with conflicts, unless
    ``conflicts`` settles them.
    """
    images = _read_home(recipe, data, table, codes, conflicts)
    parts = split_by_lesion(
        images,
        validation_fraction=recipe.split.validation_fraction,
        test_fraction=recipe.split.test_fraction,
        seed=recipe.seed,
    )
    share = 1 - sum(extra.share for extra in recipe.extra)
    home = Source(data.name, parts, share)
    return [home, *(_read_extra(extra, recipe.seed, others_root, codes) for extra in recipe.extra)]


def _read_home(
    recipe: Recipe,
    data: Path,
    table: Path | None,
    codes: Sequence[str],
    conflicts: ConflictRule,
) -> list[LabelledImage]:
    if table is None:
        images = read_folder_images(data, TAXONOMIES[recipe.taxonomy])
    else:
        images = read_labelled_images([data], table, codes)
    pictures = find_pictures(images)
    if table is None:
        # Folders know nothing of lesions; copies at least must not stand on both sides.
        images = keep_pictures_together(images, pictures)
    return settle_conflicts(images, pictures, codes, conflicts)


def _read_extra(extra: Extra, seed: int, root: Path, codes: Sequence[str]) -> Source:
    """Split a set that has no lesion ids by groups of near-duplicates.

    A group whose images carry two diagnoses teaches nothing and is left out.
    """
    folder = root / extra.folder
    images = read_labelled_images([folder], folder / "labels.csv", codes)
    groups = duplicate_groups([perceptual_hash(open_image(image.path)) for image in images])
    members: dict[int, list[LabelledImage]] = defaultdict(list)
    for image, group in zip(images, groups, strict=True):
        members[group].append(image)
    grouped = [
        replace(image, lesion_id=f"near-{group[0].image_id}")
        for group in members.values()
        if len({image.code for image in group}) == 1
        for image in group
    ]
    parts = split_by_lesion(
        grouped,
        validation_fraction=extra.validation_fraction,
        test_fraction=extra.test_fraction,
        seed=seed,
    )
    return Source(extra.folder, parts, extra.share)


def leaf_codes(data: Path, images: Sequence[LabelledImage]) -> dict[str, str]:
    """The leaf of each image, by id: its class, but for ``akiec`` what the archive's table says.

    Raises ``LabelsUnreadable`` where an ``akiec`` image is not in that table.
    """
    path = data / _ARCHIVE_TABLE
    with path.open(newline="", encoding="utf-8-sig") as file:
        diagnoses = {row["isic_id"]: row["diagnosis_3"] for row in csv.DictReader(file)}
    leaves = {}
    for image in images:
        if image.code == "akiec":
            diagnosis = diagnoses.get(image.image_id, "")
            if diagnosis not in _ARCHIVE_LEAVES:
                raise LabelsUnreadable(f"{path} has no leaf for {image.image_id}: {diagnosis!r}")
            leaves[image.image_id] = _ARCHIVE_LEAVES[diagnosis]
        else:
            leaves[image.image_id] = image.code
    return leaves
