"""Splitting by lesion: photographs of one lesion never stand on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.splits import PARTS, fingerprint


class LesionInTwoClasses(ValueError):
    """One lesion carries two diagnoses, so it can't be put into a stratum."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The images of each part, sorted by id."""

    training: tuple[LabelledImage, ...]
    validation: tuple[LabelledImage, ...]
    test: tuple[LabelledImage, ...]

    def sha256(self) -> str:
        """Fingerprint of which image stands where; two runs on one split have the same."""
        return fingerprint((part, image.image_id) for part in PARTS for image in self.named(part))

    def named(self, part: str) -> tuple[LabelledImage, ...]:
        """The images of one of :data:`PARTS`."""
        images: tuple[LabelledImage, ...] = getattr(self, part)
        return images


def split_by_lesion(
    images: Sequence[LabelledImage],
    *,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
    settled: Mapping[str, str] = MappingProxyType({}),
) -> Parts:
    """Split lesions, stratified by class, in an order that depends on seed and lesion id only.

    The order is that of a hash, so the same lesion falls on the same side on every machine and
    Python version.  Lesions in ``settled`` stand in the part given there; the fractions are those
    of the others.  Raises :class:`LesionInTwoClasses`.
    """
    parts_of_lesions = dict(settled)
    for lesions in lesions_by_class(images).values():
        free = (lesion for lesion in lesions if lesion not in settled)
        ordered = sorted(free, key=lambda lesion: rank(seed, lesion))
        test_end = round(len(ordered) * test_fraction)
        validation_end = test_end + round(len(ordered) * validation_fraction)
        for position, lesion in enumerate(ordered):
            parts_of_lesions[lesion] = (
                "test"
                if position < test_end
                else "validation"
                if position < validation_end
                else "training"
            )
    return Parts(
        *(
            tuple(image for image in images if parts_of_lesions[image.lesion_id] == part)
            for part in PARTS
        )
    )


def with_unseen(parts: Parts, codes: Collection[str]) -> Parts:
    """The same parts, but for the images of some classes, which all stand in the test part."""
    training, validation, test = (
        tuple(image for image in parts.named(part) if image.code not in codes) for part in PARTS
    )
    moved = [image for part in PARTS for image in parts.named(part) if image.code in codes]
    together = sorted((*test, *moved), key=lambda image: image.image_id)
    return Parts(training, validation, tuple(together))


def lesions_by_class(images: Iterable[LabelledImage]) -> dict[str, list[str]]:
    """The lesions of each class, by code.  Raises :class:`LesionInTwoClasses`."""
    code_of_lesion: dict[str, str] = {}
    for image in images:
        if code_of_lesion.setdefault(image.lesion_id, image.code) != image.code:
            raise LesionInTwoClasses(
                f"lesion {image.lesion_id} is both {code_of_lesion[image.lesion_id]} "
                f"and {image.code}"
            )
    by_class: dict[str, list[str]] = {}
    for lesion, code in code_of_lesion.items():
        by_class.setdefault(code, []).append(lesion)
    return by_class


def rank(seed: int, lesion_id: str) -> str:
    """By what lesions are ordered: as good as random, and the same everywhere."""
    return hashlib.sha256(f"{seed}:{lesion_id}".encode()).hexdigest()
