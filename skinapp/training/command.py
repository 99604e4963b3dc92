"""The command line of ``scripts/train.py``."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from skinapp.domain.lesions import TAXONOMIES
from skinapp.evaluation.choose import balanced_accuracy, negative_log_likelihood
from skinapp.evaluation.labels import LabelledImage, read_labelled_images
from skinapp.model.network import EfficientNet
from skinapp.training.data import ViewStream
from skinapp.training.device import choose_device
from skinapp.training.finish import export
from skinapp.training.infer import part_logits
from skinapp.training.loop import Run, Validation, read_history
from skinapp.training.recipe import Recipe, read_recipe
from skinapp.training.split import PARTS, Parts, split_by_lesion
from skinapp.training.start import earlier_training, starting_network


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or resume, and report what came of it."""
    options = _parser().parse_args(arguments)
    recipe = read_recipe(options.recipe)
    codes = [lesion.code for lesion in TAXONOMIES[recipe.taxonomy]]
    images = read_labelled_images(
        [options.data], options.labels or _only_table(options.data), codes
    )
    parts = split_by_lesion(
        images,
        validation_fraction=recipe.split.validation_fraction,
        test_fraction=recipe.split.test_fraction,
        seed=recipe.seed,
    )
    options.work.mkdir(parents=True, exist_ok=True)
    write_split(parts, options.work / "split.csv")
    if options.split_only:
        return 0
    if options.threads:
        torch.set_num_threads(options.threads)
    run = train(recipe, parts, options.pretrained, options.work, workers=options.workers)
    print(f"trained {run.step} steps in {run.elapsed_s / 60:.0f} minutes")
    if options.no_export:
        return 0
    history = read_history(options.pretrained / "history.csv") if run.earlier.images_seen else []
    card = export(
        run,
        parts,
        options.out / recipe.name,
        start=starting_network(recipe, len(codes), options.pretrained),
        workers=options.workers,
        earlier_history=history,
    )
    print(f"wrote {options.out / recipe.name}, version {card.version}; measure it with evaluate.py")
    return 0


def train(recipe: Recipe, parts: Parts, pretrained_dir: Path, work: Path, *, workers: int) -> Run:
    """Train a recipe to its end in a work folder, resuming what is there."""
    codes = [lesion.code for lesion in TAXONOMIES[recipe.taxonomy]]
    device = choose_device()
    earlier = earlier_training(recipe, pretrained_dir)
    if earlier.split_sha256 not in ("", parts.sha256()):
        raise SystemExit(
            f"{recipe.pretrained} was trained on another split: its training lesions would stand "
            "in this one's test part"
        )
    network = starting_network(recipe, len(codes), pretrained_dir)
    run = Run(network, recipe, work, device, earlier)
    if run.resume():
        print(f"resuming at step {run.step}")
    stream = ViewStream(parts.training, codes, recipe)
    validator = _Validator(parts.validation, codes, recipe, device, workers)
    run.train(stream, validator, workers=workers)
    run.save_average(parts.sha256())
    return run


class _Validator:
    def __init__(
        self,
        images: Sequence[LabelledImage],
        codes: Sequence[str],
        recipe: Recipe,
        device: torch.device,
        workers: int,
    ) -> None:
        self._images, self._recipe, self._device = images, recipe, device
        self._targets = np.array([codes.index(image.code) for image in images])
        self._workers = workers

    def __call__(self, network: EfficientNet) -> Validation:
        shape = self._recipe.input
        logits = part_logits(
            network,
            self._images,
            shape,
            shape.validation_size_px,
            self._device,
            workers=self._workers,
        )
        return Validation(
            loss=negative_log_likelihood(logits, self._targets, 1.0),
            accuracy=float((logits.argmax(axis=1) == self._targets).mean()),
            balanced_accuracy=balanced_accuracy(logits, self._targets),
        )


def write_split(parts: Parts, path: Path) -> None:
    """Write which image and lesion stands in which part."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image_id", "lesion_id", "dx", "part"])
        for part in PARTS:
            for image in parts.named(part):
                writer.writerow([image.image_id, image.lesion_id, image.code, part])


def _only_table(data: Path) -> Path:
    for name in ("HAM10000_metadata.csv", "labels.csv"):
        if (data / name).is_file():
            return data / name
    raise SystemExit(f"no table of labels found in {data}; name one with --labels")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train.py", description=__doc__)
    parser.add_argument("--recipe", type=Path, required=True, help="TOML file, see recipes/")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--labels", type=Path, help="table of labels, where it isn't in --data")
    parser.add_argument("--pretrained", type=Path, required=True, help="folder of starting weights")
    parser.add_argument("--work", type=Path, required=True, help="checkpoints and history; resumed")
    parser.add_argument("--out", type=Path, default=Path("weights"), help="default: weights")
    parser.add_argument("--workers", type=int, default=0, help="processes that read images")
    parser.add_argument("--threads", type=int, default=0, help="torch threads, 0: torch decides")
    parser.add_argument(
        "--no-export", action="store_true", help="leave the weights in --work, for another recipe"
    )
    parser.add_argument("--split-only", action="store_true", help="write split.csv and stop")
    return parser
