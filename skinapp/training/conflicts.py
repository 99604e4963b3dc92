"""Pictures that stand in two classes: a set that has them teaches a contradiction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from tqdm import tqdm

from skinapp.evaluation.labels import LabelledImage
from skinapp.training.fingerprint import Thumbnails, picture_groups, thumbnail, twins_within
from skinapp.training.open_image import open_image

ConflictRule = Literal["refuse", "drop", "first"]
CONFLICT_RULES: tuple[ConflictRule, ...] = ("refuse", "drop", "first")


class PicturesInTwoClasses(ValueError):
    """A set shows one picture in two classes, and nobody said which wins."""


def find_pictures(images: Sequence[LabelledImage]) -> list[int]:
    """Number of the picture that each image shows; copies share one.

    Copies may be resized, squeezed, re-encoded, turned or mirrored.  Reads every file.
    """
    if not images:
        return []
    return picture_groups(len(images), twins_within(read_thumbnails(images)))


def read_thumbnails(images: Sequence[LabelledImage]) -> Thumbnails:
    """Thumbnails ``(n, 64, 64)`` of at least one image's file."""
    opened = (thumbnail(open_image(image.path)) for image in images)
    progress = tqdm(opened, total=len(images), unit="file", desc="thumbnails", mininterval=1)
    return np.stack(list(progress))


def settle_conflicts(
    images: Sequence[LabelledImage],
    pictures: Sequence[int],
    codes: Sequence[str],
    rule: ConflictRule,
) -> list[LabelledImage]:
    """The images without those that contradict another one.

    Of a picture in several classes, ``drop`` leaves out all images, and ``first`` keeps those of
    the class that comes first in ``codes``.  Raises :class:`PicturesInTwoClasses` for ``refuse``.
    """
    classes: dict[int, set[str]] = defaultdict(set)
    for image, picture in zip(images, pictures, strict=True):
        classes[picture].add(image.code)
    torn = {picture for picture, found in classes.items() if len(found) > 1}
    if torn and rule == "refuse":
        raise PicturesInTwoClasses(_complaint(images, pictures, torn))
    winners = {picture: min(classes[picture], key=codes.index) for picture in torn}
    return [
        image
        for image, picture in zip(images, pictures, strict=True)
        if picture not in torn or (rule == "first" and image.code == winners[picture])
    ]


def keep_pictures_together(
    images: Sequence[LabelledImage], pictures: Sequence[int]
) -> list[LabelledImage]:
    """The images with one lesion id for each picture, for sets that know nothing of lesions."""
    return [
        replace(image, lesion_id=f"picture-{images[picture].image_id}")
        for image, picture in zip(images, pictures, strict=True)
    ]


def _complaint(images: Sequence[LabelledImage], pictures: Sequence[int], torn: set[int]) -> str:
    first = min(torn)
    example = ", ".join(
        f"{image.path.name} in {image.code}"
        for image, picture in zip(images, pictures, strict=True)
        if picture == first
    )
    return (
        f"{len(torn)} pictures stand in two classes, the first is {example}; --conflicts drop "
        "leaves them out, --conflicts first keeps the class that comes first in the taxonomy, "
        "scripts/audit_data.py lists them"
    )
