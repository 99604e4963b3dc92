"""Balanced accuracy and calibration against the strength of known disturbances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict
from tqdm import tqdm

from skinapp.domain.photo import Photo
from skinapp.evaluation.disturb import DISTURBANCES, Disturbance, disturbed
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.metrics import Floats, Scores, overall_metrics, with_intervals
from skinapp.evaluation.report import SEED
from skinapp.evaluation.score import read_photo, scores_of
from skinapp.model.card import Estimate
from skinapp.model.classifier import NetworkClassifier, pixels_of
from skinapp.model.whole_file import write_whole

MEASURED = ("balanced_accuracy", "malignant_auroc", "expected_calibration_error")
_REPLICATES = 300


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RobustnessPoint(_Part):
    """What one disturbance at one strength leaves of the figures."""

    strength: float
    figures: dict[str, Estimate]


class RobustnessCurve(_Part):
    """One disturbance, its strengths in order, the neutral one among them."""

    name: str
    unit: str
    neutral: float
    points: tuple[RobustnessPoint, ...]


class Robustness(_Part):
    """All curves, over the same images."""

    images: int
    curves: tuple[RobustnessCurve, ...]


def sample_by_class(
    images: Sequence[LabelledImage], count: int, seed: int = SEED
) -> list[LabelledImage]:
    """About ``count`` images, equally many of each class as far as there are; the same each time.

    Balanced accuracy does not depend on the shares of the classes, and its interval is the
    narrower the more images the rare ones have.
    """
    order = [images[index] for index in np.random.default_rng(seed).permutation(len(images))]
    by_class: dict[str, list[LabelledImage]] = {}
    for image in order:
        by_class.setdefault(image.code, []).append(image)
    chosen: list[LabelledImage] = []
    # The rarest first: what they lack, the common ones add.
    for place, members in enumerate(sorted(by_class.values(), key=len)):
        share = (count - len(chosen)) // (len(by_class) - place)
        chosen.extend(members[:share])
    return sorted(chosen, key=lambda image: image.image_id)


def measure_robustness(
    classifier: NetworkClassifier, images: Sequence[LabelledImage], whole: Sequence[LabelledImage]
) -> Robustness:
    """Measure every disturbance at every strength.

    ``images`` are a sample of ``whole``: each stands for as many of its class as there are, since
    all figures but balanced accuracy depend on the shares of the classes.
    """
    stand_for = _stand_for(images, whole)
    photos = [read_photo(image.path) for image in images]
    undisturbed = _figures(scores_of(classifier, images, photos), stand_for)
    steps = sum(len(each.strengths) for each in DISTURBANCES.values())
    with tqdm(total=steps * len(images), desc="robustness", unit="image") as progress:
        curves = []
        for each in DISTURBANCES.values():
            points = [RobustnessPoint(strength=each.neutral, figures=undisturbed)]
            for strength in each.strengths:
                changed = [
                    _changed(photo, each, strength, index) for index, photo in enumerate(photos)
                ]
                figures = _figures(scores_of(classifier, images, changed), stand_for)
                points.append(RobustnessPoint(strength=strength, figures=figures))
                progress.update(len(images))
            curves.append(_curve(each, points))
    return Robustness(images=len(images), curves=tuple(curves))


def _curve(disturbance: Disturbance, points: Sequence[RobustnessPoint]) -> RobustnessCurve:
    return RobustnessCurve(
        name=disturbance.name,
        unit=disturbance.unit,
        neutral=disturbance.neutral,
        points=tuple(sorted(points, key=lambda point: point.strength)),
    )


def _changed(photo: Photo, disturbance: Disturbance, strength: float, seed: int) -> Photo:
    pixels = disturbed(pixels_of(photo), disturbance, strength, seed)
    return replace(photo, rgb=pixels.tobytes())


def _stand_for(images: Sequence[LabelledImage], whole: Sequence[LabelledImage]) -> Floats:
    here, there = (Counter(image.code for image in each) for each in (images, whole))
    return np.array([there[image.code] / here[image.code] for image in images])


def _figures(scores: Scores, stand_for: Floats) -> dict[str, Estimate]:
    everything = with_intervals(
        lambda weights: overall_metrics(scores, weights * stand_for),
        scores.groups,
        replicates=_REPLICATES,
        seed=SEED,
    )
    return {name: everything[name] for name in MEASURED if name in everything}


def write_robustness(found: Robustness, path: Path) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, found.model_dump_json(indent=1) + "\n")
