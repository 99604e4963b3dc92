"""What a run trains on: the home data set, and images of other clinics beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from skinapp.domain.lesions import (
    ACTINIC_KERATOSIS,
    LEFT_OUT,
    SQUAMOUS_CELL_CARCINOMA,
    TAXONOMIES,
)
from skinapp.evaluation.folders import read_folder_images
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable, read_labelled_images
from skinapp.evaluation.splits import PARTS
from skinapp.evaluation.tables import read_table
from skinapp.model.card import SplitRule
from skinapp.model.data_entries import CleaningEntry
from skinapp.training.conflicts import (
    ConflictRule,
    find_pictures,
    keep_pictures_together,
    read_thumbnails,
    settle_conflicts,
)
from skinapp.training.duplicates import duplicate_groups, perceptual_hash
from skinapp.training.fingerprint import twins_between
from skinapp.training.follow import find_sightings, with_known_lesions
from skinapp.training.open_image import open_image
from skinapp.training.recipe import Extra, Recipe
from skinapp.training.split import Parts, split_by_lesion, with_unseen

_ARCHIVE_TABLE = "isic_archive_metadata.csv"
_ARCHIVE_LEAVES = {
    "Solar or actinic keratosis": ACTINIC_KERATOSIS,
    "Squamous cell carcinoma, NOS": SQUAMOUS_CELL_CARCINOMA,
}
_CONTRADICTED = "Another set knows the picture under another diagnosis"
_TORN = "One picture in two classes"
_TOO_FEW = "A class of which too little is left to learn it"


@dataclass(frozen=True, slots=True)
class Source:
    """The parts of one data set, and the share of the training views drawn from it.

    ``cleaning`` says what was left out of all parts, ``split_rule`` what never stands in two of
    them, as the card has it.
    """

    name: str
    parts: Parts
    share: float
    cleaning: tuple[CleaningEntry, ...] = ()
    split_rule: SplitRule = ""


def read_sources(
    recipe: Recipe,
    data: Path,
    table: Path | None,
    others_root: Path,
    codes: Sequence[str],
    *,
    conflicts: ConflictRule = "refuse",
    follow: Sequence[Parts] = (),
) -> list[Source]:
    """Read and split the home set, then the recipe's extra sets, which lie below a root.

    Without a table the home set has a folder a class, and pictures that are also in the sets to
    ``follow`` stand in the part in which they stand there; images whose class is contradicted
    there are left out.  Raises :class:`~skinapp.training.conflicts.PicturesInTwoClasses` for a
    home set with conflicts, unless ``conflicts`` settles them.
    """
    found = (
        _read_folders(recipe, data, conflicts, follow)
        if table is None
        else _read_table(data, table, codes, conflicts)
    )
    parts = split_by_lesion(
        found.images,
        validation_fraction=recipe.split.validation_fraction,
        test_fraction=recipe.split.test_fraction,
        seed=recipe.seed,
        settled=found.settled,
    )
    share = 1 - sum(extra.share for extra in recipe.extra)
    home = Source(data.name, parts, share, found.cleaning, found.split_rule)
    extras = [_read_extra(extra, recipe.seed, others_root, codes) for extra in recipe.extra]
    _refuse_shared_pictures([home, *extras])
    unseen = recipe.split.unseen
    return [
        replace(source, parts=with_unseen(source.parts, unseen)) if unseen else source
        for source in (home, *extras)
    ]


def _refuse_shared_pictures(sources: Sequence[Source]) -> None:
    """Raise :class:`LabelsUnreadable` for a picture in two sets, which may teach and judge.

    Sets that circulate keep the names of the files; those that have one are compared.
    """
    for one, other in combinations(sources, 2):
        theirs = {image.path.stem: image for image in _all_images(other)}
        namesakes = [
            (image, theirs[image.path.stem])
            for image in _all_images(one)
            if image.path.stem in theirs
        ]
        if not namesakes:
            continue
        thumbnails = [read_thumbnails(images) for images in zip(*namesakes, strict=True)]
        twins = twins_between(*thumbnails)
        if shared := [namesakes[twin.first][0] for twin in twins if twin.first == twin.second]:
            raise LabelsUnreadable(
                f"{len(shared)} of the pictures in {one.name} stand in {other.name} too, "
                f"{shared[0].path.name} for one: leave them out of one of the two"
            )


def _all_images(source: Source) -> list[LabelledImage]:
    return [image for part in PARTS for image in source.parts.named(part)]


@dataclass(frozen=True, slots=True)
class _Found:
    """A home set after cleaning; ``settled`` holds the parts of lesions that are given."""

    images: Sequence[LabelledImage]
    settled: Mapping[str, str]
    cleaning: tuple[CleaningEntry, ...]
    split_rule: SplitRule


def _read_table(data: Path, table: Path, codes: Sequence[str], conflicts: ConflictRule) -> _Found:
    images = read_labelled_images([data], table, codes)
    pictures = find_pictures(images)
    # A table without lesion ids counts each image as a lesion of its own.
    knows_lesions = len({image.lesion_id for image in images}) < len(images)
    if not knows_lesions:
        # Copies at least must not stand on both sides.
        images = keep_pictures_together(images, pictures)
    kept = settle_conflicts(images, pictures, codes, conflicts)
    left_out = _cleaning((_TORN, len(images) - len(kept)))
    return _Found(kept, {}, left_out, "lesion" if knows_lesions else "picture")


def _read_folders(
    recipe: Recipe, data: Path, conflicts: ConflictRule, follow: Sequence[Parts]
) -> _Found:
    """Clean a set of folders: contradicted classes first, which settles many conflicts.

    Classes that the taxonomy leaves out take part until the end, so that a picture that also
    stands in one of them is a conflict like any other.
    """
    lesions = (*TAXONOMIES[recipe.taxonomy], *LEFT_OUT.get(recipe.taxonomy, ()))
    images = read_folder_images(data, lesions)
    # Folders know nothing of lesions; copies at least must not stand on both sides.
    pictures = find_pictures(images)
    images = keep_pictures_together(images, pictures)
    picture_of = {image.image_id: picture for image, picture in zip(images, pictures, strict=True)}
    agreed, settled = with_known_lesions(images, find_sightings(images, follow))
    left = [picture_of[image.image_id] for image in agreed]
    untorn = settle_conflicts(agreed, left, [lesion.code for lesion in lesions], conflicts)
    codes = {lesion.code for lesion in TAXONOMIES[recipe.taxonomy]}
    kept = [image for image in untorn if image.code in codes]
    cleaning = _cleaning(
        (_CONTRADICTED, len(images) - len(agreed)),
        (_TORN, len(agreed) - len(untorn)),
        (_TOO_FEW, len(untorn) - len(kept)),
    )
    return _Found(kept, settled, cleaning, "followed" if follow else "picture")


def _cleaning(*steps: tuple[str, int]) -> tuple[CleaningEntry, ...]:
    return tuple(CleaningEntry(reason=reason, images=images) for reason, images in steps if images)


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
    rows = read_table(path, "isic_id", "diagnosis_3")
    diagnoses = {row["isic_id"]: row["diagnosis_3"] for row in rows}
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
