"""The command line of ``scripts/robustness.py``: disturbed images and subgroups."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from skinapp.domain.errors import ModelRefused
from skinapp.evaluation.changed_card import unchanged_card
from skinapp.evaluation.counts import none_or_more
from skinapp.evaluation.engine_option import add_engine_options, engine_plan
from skinapp.evaluation.evidence_figures import draw_robustness, draw_subgroups
from skinapp.evaluation.folders import read_images
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable
from skinapp.evaluation.robustness import measure_robustness, sample_by_class, write_robustness
from skinapp.evaluation.score import score_images
from skinapp.evaluation.splits import only_part, read_split_rows, refuse_another_split
from skinapp.evaluation.subgroups import Subgroup, measure_subgroups, read_metadata
from skinapp.model.card import FIGURES_FOLDER
from skinapp.model.classifier import NetworkClassifier, load_classifier
from skinapp.model.whole_file import write_whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write figures and numbers into the model's folder."""
    options = _parser().parse_args(arguments)
    try:
        _examine(options)
    except (ModelRefused, LabelsUnreadable, OSError) as error:
        print(f"robustness.py: {error}")
        return 2
    return 0


def _examine(options: argparse.Namespace) -> None:
    folder = options.weights / options.model
    classifier = load_classifier(folder, engine_plan(options))
    print(f"engine: {classifier.engine}")
    images = read_images(options.images, options.labels, options.split, classifier.card.lesions)
    rows = read_split_rows(options.split)
    # Its figures stand beside those of the home set, under the part alone.
    refuse_another_split(classifier.card, options.split, rows, home=True)
    images = only_part(images, rows, options.split, options.part)
    out = folder / FIGURES_FOLDER / options.part
    if options.labels:
        groups = _subgroups(classifier, images, options.labels)
        unchanged_card(classifier.card, folder)
        _write_subgroups(groups, out)
    if options.disturb:
        found = measure_robustness(classifier, sample_by_class(images, options.disturb), images)
        unchanged_card(classifier.card, folder)
        write_robustness(found, out / "robustness.json")
        draw_robustness(found, out / "robustness.svg")
    print(f"wrote {out}")


def _subgroups(
    classifier: NetworkClassifier, images: Sequence[LabelledImage], table: Path
) -> list[Subgroup]:
    metadata = read_metadata(table)
    scores = score_images(classifier, images)
    threshold = classifier.card.operating_point.threshold
    return measure_subgroups(scores, images, metadata, threshold)


def _write_subgroups(groups: Sequence[Subgroup], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    rows = [group.model_dump() for group in groups]
    write_whole(out / "subgroups.json", json.dumps(rows, indent=1) + "\n")
    draw_subgroups(groups, out / "subgroups.svg")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="robustness.py",
        description="Measure a model on disturbed images and by subgroup, into its folder.",
    )
    parser.add_argument("--model", required=True, help="name of a folder in --weights")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="default: weights")
    parser.add_argument("--images", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument(
        "--labels", type=Path, help="HAM10000's table; without it there are no subgroups"
    )
    parser.add_argument("--split", type=Path, required=True, help="split.csv of train.py")
    parser.add_argument("--part", default="test", help="name of the part (default: test)")
    parser.add_argument(
        "--disturb",
        type=none_or_more,
        default=350,
        help="images to disturb (0: none; default: 350)",
    )
    add_engine_options(parser)
    return parser
