"""The command line of ``scripts/fit_trust.py``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skinapp.domain.errors import ModelRefused
from skinapp.evaluation.choose import refuse_one_sided
from skinapp.evaluation.counts import at_least_one
from skinapp.evaluation.engine_option import add_engine_options, engine_plan
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable, find_images
from skinapp.evaluation.metrics import Ints
from skinapp.evaluation.score import class_numbers
from skinapp.evaluation.splits import PARTS, SplitRow, read_split_rows, refuse_another_split
from skinapp.model.card import Card
from skinapp.model.classifier import NetworkClassifier, load_classifier
from skinapp.model.novelty import Evidence
from skinapp.model.trust_entries import NoveltyEntry, RefusalCount
from skinapp.training.foreign import EACH, ForeignPicture, drawn, in_folder, photographs
from skinapp.training.trust import (
    FittedNovelty,
    Looks,
    count_refused,
    divided,
    fit_novelty,
    look_at,
    readers,
    spoiled,
    summary,
)
from skinapp.training.trust_kept import keep_fitted
from skinapp.training.trust_rules import with_rules
from skinapp.training.unseen import measure_unseen

SEED = 20181015
SPOILED_IMAGES = 100

# By part, the images of each set apart, the home set's first.
_Sets = dict[str, list[list[LabelledImage]]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print what was found, and write it into the model's folder."""
    options = _parser().parse_args(arguments)
    try:
        _fit(options)
    except ImportError as error:
        print(f"fit_trust.py: {error}; it needs requirements-train.txt and requirements-test.txt")
        return 2
    except (ModelRefused, LabelsUnreadable, OSError) as error:
        print(f"fit_trust.py: {error}")
        return 2
    return 0


class _Seen(NamedTuple):
    """The images of one part of all sets, the home set's first, and what the network saw."""

    images: list[LabelledImage]
    sets: Ints
    looks: Looks

    @property
    def home(self) -> int:
        """How many are of the home set."""
        return int((self.sets == 0).sum())


def _fit(options: argparse.Namespace) -> None:
    folder = options.weights / options.model
    classifier = load_classifier(folder, engine_plan(options))
    parts = _read_parts(classifier.card, options)
    malignant = {label.code for label in classifier.card.labels if label.malignant}
    refuse_one_sided([image.code for image in parts["validation"][0]], malignant)
    # Before the long work: a folder that isn't there is told at once.
    choosing, final = divided(_foreign(options.foreign, options.each), SEED)
    training = _see(classifier, parts, "training", options.training_images)
    validation = _see(classifier, parts, "validation", None)
    fitted = fit_novelty(
        training.looks.evidence,
        class_numbers(training.images, classifier.card.lesions),
        np.concatenate([training.looks.evidence.appearances, training.looks.recoloured]),
        validation=validation.looks.evidence,
        sets=validation.sets,
        foreign=_look_at_pictures(classifier, choosing),
        kinds=[each.kind for each in choosing],
        seed=SEED,
    )
    near = spoiled(_sample(validation.images, SPOILED_IMAGES))
    far_counts, near_counts = (
        count_refused(
            [each.kind for each in pictures],
            fitted.scores(_look_at_pictures(classifier, pictures)),
            fitted.threshold,
        )
        for pictures in (final, near)
    )
    learned = {image.code for each in parts["training"] for image in each}
    unseen = measure_unseen(classifier, fitted, parts["test"][0], learned)
    entry = _entry(fitted, validation, far_counts, near_counts | unseen.refused, unseen.auroc)
    card = with_rules(
        classifier.card,
        validation.looks.answers[: validation.home],
        validation.images[: validation.home],
        [image.code for image in parts["training"][0]],
    )
    novelty = keep_fitted(card, entry, fitted, folder, measured=classifier.card)
    print(summary(card, novelty))


def _read_parts(card: Card, options: argparse.Namespace) -> _Sets:
    codes = {label.code for label in card.labels}
    read = {split: read_split_rows(split) for split in options.split}
    # Of two sets that share a file's name each has to be read from its own folder.
    files = {
        split: find_images(options.data, [row.image_id for row in rows], split)
        for split, rows in read.items()
    }
    for number, (split, rows) in enumerate(read.items()):
        refuse_another_split(card, split, rows, home=number == 0)
    return {
        part: [read_part(split, rows, part, files[split], codes) for split, rows in read.items()]
        for part in PARTS
    }


def _see(classifier: NetworkClassifier, parts: _Sets, part: str, most: int | None) -> _Seen:
    """Run a part through the network; a sample where it is large."""
    sets = parts[part]
    if most is not None:
        share = min(1.0, most / max(1, sum(len(images) for images in sets)))
        sets = [_sample(images, round(share * len(images))) for images in sets]
    images = [image for each in sets for image in each]
    if not images:
        raise LabelsUnreadable(f"the split files have no images in part {part!r}")
    print(f"{part}: {len(images)} images")
    numbers = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    return _Seen(
        images, numbers, look_at(classifier, readers(image.path for image in images), SEED)
    )


def read_part(
    split: Path, rows: Sequence[SplitRow], part: str, files: dict[str, Path], codes: set[str]
) -> list[LabelledImage]:
    """The images that a split file of ``train.py`` puts into a part, in its order.

    Raises :class:`LabelsUnreadable` for a class that isn't known.
    """
    chosen = [row for row in rows if row.part == part]
    for row in chosen:
        if row.dx not in codes:
            raise LabelsUnreadable(f"{split}: the model knows no class {row.dx!r}")
    return [LabelledImage(x.image_id, files[x.image_id], x.dx, x.lesion_id) for x in chosen]


def _foreign(folders: Sequence[Path], each: int) -> list[ForeignPicture]:
    own = [*drawn(SEED, each), *photographs(SEED, each)]
    return [*own, *(picture for folder in folders for picture in in_folder(folder))]


def _look_at_pictures(
    classifier: NetworkClassifier, pictures: Sequence[ForeignPicture]
) -> Evidence:
    return look_at(classifier, [partial(getattr, each, "pixels") for each in pictures]).evidence


def _sample(images: Sequence[LabelledImage], count: int) -> list[LabelledImage]:
    order = np.random.default_rng(SEED).permutation(len(images))
    return [images[index] for index in sorted(order[:count])]


def _entry(
    fitted: FittedNovelty,
    validation: _Seen,
    far: dict[str, RefusalCount],
    near: dict[str, RefusalCount],
    unseen_auroc: dict[str, float],
) -> NoveltyEntry:
    scores = fitted.scores(validation.looks.evidence)
    return NoveltyEntry(
        measures=fitted.measures,
        threshold=fitted.threshold,
        statistics_sha256="0" * 64,
        measured_on="the validation parts",
        images=len(validation.images),
        kept=round(float((scores <= fitted.threshold).mean()), 4),
        auroc=fitted.auroc,
        far=far,
        near=near,
        unseen_auroc=unseen_auroc,
        chosen_with=fitted.chosen_with,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fit_trust.py",
        description="Fit a model's calibration, prediction sets, thresholds and refusal of "
        "foreign pictures, and write them into its folder. Needs requirements-train.txt and "
        "requirements-test.txt.",
    )
    parser.add_argument("--model", required=True, help="name of a folder in --weights")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="default: weights")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument(
        "--split", type=Path, nargs="+", required=True, help="split files of train.py, home first"
    )
    parser.add_argument(
        "--foreign", type=Path, nargs="*", default=[], help="folders with sources.csv and images/"
    )
    parser.add_argument(
        "--training-images", type=at_least_one, default=3000, help="at most so many (default: 3000)"
    )
    parser.add_argument(
        "--each",
        type=at_least_one,
        default=EACH,
        help=f"own foreign pictures of a kind (default: {EACH})",
    )
    add_engine_options(parser)
    return parser
