"""Runs a model over labelled images, through the same door and transform as the app."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from skinapp.domain.errors import PhotoRefused
from skinapp.domain.lesions import LesionType
from skinapp.domain.photo import Photo, PhotoLimits
from skinapp.evaluation.image_files import read_image_file
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable
from skinapp.evaluation.metrics import Ints, Scores
from skinapp.evaluation.naming import named_classes
from skinapp.intake.decode import decode_photo
from skinapp.model.classifier import NetworkClassifier

# Sets of images come in any size; whoever evaluates has chosen them.
OFFLINE_LIMITS = PhotoLimits(
    max_upload_bytes=500_000_000, max_megapixels=200, min_side_px=32, kept_side_px=1600
)


def score_images(classifier: NetworkClassifier, images: Sequence[LabelledImage]) -> Scores:
    """Calibrated probabilities and the name of every image, beside the truth."""
    return scores_of(
        classifier, images, (read_photo(image.path) for image in tqdm(images, unit="image"))
    )


def scores_of(
    classifier: NetworkClassifier, images: Sequence[LabelledImage], photos: Iterable[Photo]
) -> Scores:
    """The same for photos that were decoded, and perhaps changed, before; one an image."""
    probabilities = np.empty((len(images), len(classifier.card.labels)))
    novelty: list[float | None] = []
    for row, photo in enumerate(photos):
        square = classifier.square(photo)
        output = classifier.forward(square)
        probabilities[row] = classifier.calibrated(output.logits[None])[0]
        novelty.append(classifier.novelty_score(square, output))
    return Scores(
        targets=class_numbers(images, classifier.card.lesions),
        probabilities=probabilities,
        malignant=np.array([label.malignant for label in classifier.card.labels]),
        groups=lesion_numbers(images),
        novelty=None if None in novelty else np.array(novelty, dtype=np.float64),
        names=named_classes(probabilities, classifier.card),
    )


def class_numbers(images: Sequence[LabelledImage], lesions: Sequence[LesionType]) -> Ints:
    """Index of each image's class among the given ones."""
    codes = [lesion.code for lesion in lesions]
    return np.array([codes.index(image.code) for image in images], dtype=np.int64)


def lesion_numbers(images: Sequence[LabelledImage]) -> Ints:
    """Number the lesions, for each image: intervals come from resampling them."""
    lesions: dict[str, int] = {}
    return np.array(
        [lesions.setdefault(image.lesion_id, len(lesions)) for image in images], dtype=np.int64
    )


def read_photo(path: Path) -> Photo:
    """Decode an image file.  Raises :class:`LabelsUnreadable` with its name where it is refused."""
    try:
        return decode_photo(read_image_file(path, OFFLINE_LIMITS), OFFLINE_LIMITS)
    except PhotoRefused as refusal:
        raise LabelsUnreadable(f"{path}: {type(refusal).__name__}") from refusal
