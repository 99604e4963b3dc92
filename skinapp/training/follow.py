"""Following the splits of other sets: what a network has learned stays out of a later test.

A set that circulates is often put together from others.  Where a run starts from a network that
was trained on one of those, an image of the new set must not judge what that network learned
from it, so each picture goes to the part in which its lesion stands there.  The other set's
diagnosis is also a second opinion on the new set's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skinapp.domain.lesions import agree
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable, find_images
from skinapp.evaluation.splits import PARTS, read_split_rows
from skinapp.training.conflicts import read_thumbnails
from skinapp.training.fingerprint import twins_between
from skinapp.training.split import Parts


@dataclass(frozen=True, slots=True)
class Sighting:
    """An image of a followed set: the part, the class and the lesion it has there."""

    part: str
    code: str
    lesion_id: str


def read_split(folder: Path, split: Path) -> Parts:
    """The parts that a split file of ``train.py`` makes of a set; their hash is the run's.

    Raises :class:`LabelsUnreadable` for an unknown part, an image without a file or with several
    rows, or a file that is no such table.
    """
    rows = read_split_rows(split)
    try:
        files = find_images([folder], [row.image_id for row in rows], split)
    except LabelsUnreadable as error:
        raise LabelsUnreadable(f"{split} does not fit {folder}: {error}") from None
    parts: dict[str, list[LabelledImage]] = {part: [] for part in PARTS}
    for row in rows:
        image = LabelledImage(row.image_id, files[row.image_id], row.dx, row.lesion_id)
        parts[row.part].append(image)
    return Parts(*(tuple(parts[part]) for part in PARTS))


def find_sightings(
    images: Sequence[LabelledImage], followed: Sequence[Parts]
) -> list[set[Sighting]]:
    """Where each image stands in the followed sets; reads all files.

    An image is known again by its picture, whatever was done to it, and by its file's name:
    fingerprints miss three of 475 pictures that two public sets share.
    """
    found: list[set[Sighting]] = [set() for _ in images]
    if not followed:
        return found
    ours = read_thumbnails(images)
    for parts in followed:
        theirs = [(part, image) for part in PARTS for image in parts.named(part)]
        twins = twins_between(ours, read_thumbnails([image for _, image in theirs]))
        pairs = {(twin.first, twin.second) for twin in twins} | _namesakes(images, theirs)
        for ours_at, theirs_at in pairs:
            part, image = theirs[theirs_at]
            found[ours_at].add(Sighting(part, image.code, image.lesion_id))
    return found


def _namesakes(
    images: Sequence[LabelledImage], theirs: Sequence[tuple[str, LabelledImage]]
) -> set[tuple[int, int]]:
    places = {image.path.stem: place for place, (_, image) in enumerate(theirs)}
    return {
        (place, places[image.path.stem])
        for place, image in enumerate(images)
        if image.path.stem in places
    }


def with_known_lesions(
    images: Sequence[LabelledImage], sightings: Sequence[set[Sighting]]
) -> tuple[list[LabelledImage], dict[str, str]]:
    """The images that the followed sets don't contradict, and the parts of the known lesions.

    Known images get the lesion id of the followed set; images that shared a lesion id before, as
    copies do, share one afterwards, and so do lesions of which one picture is said to be.  Where
    sets disagree on the part, the one counts in which most was learned from the lesion: the first
    of :data:`~skinapp.training.split.PARTS`.
    """
    known: dict[str, set[Sighting]] = defaultdict(set)
    for image, seen in zip(images, sightings, strict=True):
        known[image.lesion_id] |= seen
    one_of = _one_name_each({each.lesion_id for each in seen} for seen in known.values())
    lesions = {
        group: one_of[min(each.lesion_id for each in seen)] for group, seen in known.items() if seen
    }
    parts: dict[str, str] = {}
    for group, lesion in lesions.items():
        candidates = {each.part for each in known[group]} | {parts.get(lesion, PARTS[-1])}
        parts[lesion] = min(candidates, key=PARTS.index)
    kept = [
        replace(image, lesion_id=lesions.get(image.lesion_id, image.lesion_id))
        for image in images
        if all(agree(image.code, seen.code) for seen in known[image.lesion_id])
    ]
    return kept, parts


def _one_name_each(together: Iterable[set[str]]) -> dict[str, str]:
    """One name for all names that stand together somewhere, directly or through others."""
    members: dict[str, set[str]] = {}
    for names in together:
        whole = names.union(*(members.get(name, set()) for name in names))
        members.update(dict.fromkeys(whole, whole))
    return {name: min(whole) for name, whole in members.items()}
