"""The command line of ``scripts/evaluate.py``: measure a model on labelled images."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skinapp.domain.errors import ModelRefused
from skinapp.evaluation.changed_card import unchanged_card
from skinapp.evaluation.counts import none_or_more
from skinapp.evaluation.deletion import DeletionCurve, deletion_test
from skinapp.evaluation.engine_option import add_engine_options, engine_plan
from skinapp.evaluation.figures import (
    draw_class_reliability,
    draw_confusion,
    draw_deletion,
    draw_reliability,
    draw_roc,
)
from skinapp.evaluation.folders import read_images
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable
from skinapp.evaluation.metrics import Scores
from skinapp.evaluation.report import REPLICATES, SEED, measure
from skinapp.evaluation.score import score_images
from skinapp.evaluation.splits import PARTS, only_part, read_split_rows, refuse_another_split
from skinapp.model.card import FIGURES_FOLDER, Card, Metrics, write_card
from skinapp.model.classifier import load_classifier
from skinapp.model.whole_file import write_whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate, print the figures, write them where asked."""
    options = _parser().parse_args(arguments)
    try:
        return _evaluate(options)
    except (ModelRefused, LabelsUnreadable, OSError) as error:
        print(f"evaluate.py: {error}")
        return 2


def _evaluate(options: argparse.Namespace) -> int:
    folder = options.weights / options.model
    classifier = load_classifier(folder, engine_plan(options))
    print(f"engine: {classifier.engine}")
    images = read_images(options.images, options.labels, options.split, classifier.card.lesions)
    if options.part and not options.split:
        raise LabelsUnreadable("--part is a part of a split: give --split as well")
    part = (options.part or "test") if options.split else "all"
    if options.split:
        rows = read_split_rows(options.split)
        if options.into_card:
            home = options.into_card in PARTS
            refuse_another_split(classifier.card, options.split, rows, home=home)
        images = only_part(images, rows, options.split, part)
    if options.into_card in PARTS and options.into_card != part:
        raise LabelsUnreadable(
            f"--into-card {options.into_card} needs --split and --part {options.into_card}"
        )
    scores = score_images(classifier, images)
    metrics = measure(scores, classifier.card, data=options.data, part=part)
    curve = None
    if options.deletion:
        curve = deletion_test(classifier, _sample(images, options.deletion), seed=SEED)
        gaps = curve.gaps(replicates=REPLICATES, seed=SEED)
        metrics = metrics.model_copy(update={"overall": {**metrics.overall, **gaps}})
    print(summary(metrics))
    if options.out:
        write_evaluation(options.out, classifier.card, scores, metrics, curve)
    if options.into_card:
        key = options.into_card
        _keep(key, metrics, folder, classifier.card)
        write_evaluation(folder / FIGURES_FOLDER / key, classifier.card, scores, metrics, curve)
    return 0


def _keep(key: str, metrics: Metrics, folder: Path, measured: Card) -> None:
    """Write figures into the card as it is now."""
    now = unchanged_card(measured, folder)
    write_card(now.model_copy(update={"metrics": {**now.metrics, key: metrics}}), folder)


def _sample(images: Sequence[LabelledImage], count: int) -> list[LabelledImage]:
    """A fixed random sample, the same for every model."""
    order = np.random.default_rng(SEED).permutation(len(images))
    return [images[index] for index in sorted(order[:count])]


def write_evaluation(
    folder: Path, card: Card, scores: Scores, metrics: Metrics, curve: DeletionCurve | None
) -> None:
    """Write ``metrics.json`` and the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "metrics.json", metrics.model_dump_json(indent=2) + "\n")
    draw_confusion(metrics, folder / "confusion_matrix.svg")
    draw_roc(scores, card, metrics, folder / "roc.svg")
    draw_reliability(scores, metrics, folder / "reliability.svg")
    draw_class_reliability(scores, card, metrics, folder / "reliability_by_class.svg")
    if curve is not None:
        draw_deletion(curve, folder / "deletion.svg")


def summary(metrics: Metrics) -> str:
    """The figures as lines of text."""
    lines = [f"{metrics.data}, {metrics.part}: {metrics.images} images"]
    for name, value in metrics.overall.items():
        words = name.replace("_", " ")
        lines.append(f"  {words:30} {value.value:.3f} [{value.low:.3f}, {value.high:.3f}]")
    for code, figures in metrics.per_class.items():
        parts = (
            f"{name} {value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"
            for name, value in figures.items()
        )
        lines.append(f"  {code:6} n={figures['sensitivity'].n:<5} {'  '.join(parts)}")
    for sets in metrics.sets:
        size, covered = sets.mean_size, sets.coverage
        lines.append(
            f"  sets of {sets.level:.0%}: hold the truth in {covered.value:.3f} "
            f"[{covered.low:.3f}, {covered.high:.3f}], mean size {size.value:.2f}"
        )
        lines += [
            f"    {code:6} {x.value:.3f} [{x.low:.3f}, {x.high:.3f}]"
            for code, x in sets.per_class.items()
        ]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evaluate.py", description="Measure a model on labelled images."
    )
    parser.add_argument("--model", required=True, help="name of a folder in --weights")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="default: weights")
    parser.add_argument("--images", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument(
        "--labels",
        type=Path,
        help="HAM10000's table or an ISIC challenge's; default: the split's own labels, without a "
        "split a folder a class",
    )
    parser.add_argument("--data", default="HAM10000", help="name of the data for the report")
    parser.add_argument("--split", type=Path, help="split.csv of train.py: take only --part of it")
    parser.add_argument("--part", help="name of the part of --split (default: test)")
    parser.add_argument(
        "--deletion", type=none_or_more, default=0, help="images for the deletion test"
    )
    parser.add_argument("--out", type=Path, help="folder for metrics.json and the figures")
    parser.add_argument("--into-card", metavar="KEY", help="write the figures into the model")
    add_engine_options(parser)
    return parser
