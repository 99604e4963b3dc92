"""The command line of ``scripts/train.py``."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import torch

from skinapp.domain.lesions import TAXONOMIES, outputs_of
from skinapp.evaluation.choose import balanced_accuracy, negative_log_likelihood
from skinapp.evaluation.labels import LabelledImage
from skinapp.model.card import write_card
from skinapp.model.heads import Network
from skinapp.model.leaves import class_logits
from skinapp.training.conflicts import CONFLICT_RULES, PicturesInTwoClasses
from skinapp.training.data import Pool, ViewStream
from skinapp.training.device import choose_device
from skinapp.training.finish import export
from skinapp.training.follow import read_split
from skinapp.training.history import read_history, write_history
from skinapp.training.infer import part_logits
from skinapp.training.loop import Run, Validation
from skinapp.training.recipe import Recipe, read_recipe
from skinapp.training.sources import Source, leaf_codes, read_sources
from skinapp.training.split import PARTS, Parts
from skinapp.training.start import class_of_output, earlier_training, starting_network


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or resume, and report what came of it."""
    options = _parser().parse_args(arguments)
    recipe = read_recipe(options.recipe)
    codes = [lesion.code for lesion in TAXONOMIES[recipe.taxonomy]]
    follow = [read_split(folder, split) for folder, split in options.follow]
    sources = _read(recipe, options, codes, follow)
    options.work.mkdir(parents=True, exist_ok=True)
    home, *others = sources
    write_split(home.parts, options.work / "split.csv")
    for other in others:
        write_split(other.parts, options.work / f"split-{other.name}.csv")
    if options.split_only:
        return 0
    if options.threads:
        torch.set_num_threads(options.threads)
    pools = _pools(recipe, sources, options.data)
    run = train(
        recipe,
        home.parts,
        pools,
        options.pretrained,
        options.work,
        workers=options.workers,
        followed_splits=[parts.sha256() for parts in follow],
    )
    print(f"trained {run.step} steps in {run.elapsed_s / 60:.0f} minutes")
    # A curve over another set's classes would not go on in this one's.
    goes_on = run.earlier.images_seen and run.earlier.split_sha256 == home.parts.sha256()
    history = read_history(options.pretrained / "history.csv") if goes_on else []
    if options.no_export:
        # Whoever goes on from here finds the whole way.
        write_history([*history, *run.history], options.work / "history.csv")
        return 0
    card = export(
        run,
        sources,
        options.out / recipe.name,
        start=starting_network(recipe, options.pretrained),
        workers=options.workers,
        earlier_history=history,
    )
    write_card(card.model_copy(update={"cleaning": home.cleaning}), options.out / recipe.name)
    print(f"wrote {options.out / recipe.name}, version {card.version}; measure it with evaluate.py")
    return 0


def _read(
    recipe: Recipe, options: argparse.Namespace, codes: Sequence[str], follow: Sequence[Parts]
) -> list[Source]:
    folders = options.layout == "folders"
    if follow and not folders:
        raise SystemExit("train.py: --follow is for --layout folders; a table has lesions")
    table = None if folders else options.labels or _only_table(options.data)
    others = options.others or options.data.parent
    try:
        sources = read_sources(
            recipe, options.data, table, others, codes, conflicts=options.conflicts, follow=follow
        )
    except PicturesInTwoClasses as error:
        raise SystemExit(f"train.py: {error}") from None
    for step in sources[0].cleaning:
        print(f"left out {step.images} images: {step.reason}")
    return sources


def _pools(recipe: Recipe, sources: Sequence[Source], data: Path) -> list[Pool]:
    outputs = [leaf.code for leaf in outputs_of(recipe.taxonomy, leaves=recipe.leaves)]
    pools = []
    for source in sources:
        images = source.parts.training
        leaves = leaf_codes(data, images) if recipe.leaves else {}
        targets = [outputs.index(leaves.get(image.image_id, image.code)) for image in images]
        pools.append(Pool(images, targets, source.share))
    return pools


def train(
    recipe: Recipe,
    parts: Parts,
    pools: Sequence[Pool],
    pretrained_dir: Path,
    work: Path,
    *,
    workers: int,
    followed_splits: Collection[str] = (),
) -> Run:
    """Train a recipe to its end in a work folder, resuming what is there.

    The start file may have learned from a split (by hash) that this one follows.
    """
    device = choose_device()
    earlier = earlier_training(recipe, pretrained_dir)
    if earlier.split_sha256 not in ("", parts.sha256(), *followed_splits):
        raise SystemExit(
            f"{recipe.pretrained} was trained on another split: its training lesions would stand "
            "in this one's test part; --follow makes a set of folders keep to that split"
        )
    network = starting_network(recipe, pretrained_dir)
    run = Run(network, recipe, work, device, earlier)
    if run.resume():
        print(f"resuming at step {run.step}")
    validator = _Validator(parts.validation, recipe, device, workers)
    run.train(ViewStream(pools, recipe), validator, workers=workers)
    run.save_average(parts.sha256())
    return run


class _Validator:
    def __init__(
        self,
        images: Sequence[LabelledImage],
        recipe: Recipe,
        device: torch.device,
        workers: int,
    ) -> None:
        self._images, self._recipe, self._device = images, recipe, device
        codes = [lesion.code for lesion in TAXONOMIES[recipe.taxonomy]]
        self._targets = np.array([codes.index(image.code) for image in images])
        self._workers = workers

    def __call__(self, network: Network) -> Validation:
        shape = self._recipe.input
        leaf_logits = part_logits(
            network,
            self._images,
            shape,
            shape.validation_size_px,
            self._device,
            workers=self._workers,
        )
        logits = class_logits(leaf_logits, class_of_output(self._recipe))
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
    parser.add_argument(
        "--layout",
        choices=("table", "folders"),
        default="table",
        help="a table of labels, or a folder a class, which is split anew (default: table)",
    )
    parser.add_argument(
        "--conflicts",
        choices=CONFLICT_RULES,
        default="refuse",
        help="a picture in two classes: refuse the set (default), drop the picture, or keep the "
        "class that comes first in the taxonomy",
    )
    parser.add_argument(
        "--follow",
        type=Path,
        nargs=2,
        action="append",
        default=[],
        metavar=("DIR", "SPLIT"),
        help="a set that the starting network learned from, and that run's split file: pictures "
        "that are in both keep their part; once for each such set",
    )
    parser.add_argument("--others", type=Path, help="where extra sets lie, default: beside --data")
    parser.add_argument(
        "--pretrained",
        type=Path,
        default=Path(),
        help="folder of starting weights, where the recipe starts from some (default: here)",
    )
    parser.add_argument("--work", type=Path, required=True, help="checkpoints and history; resumed")
    parser.add_argument("--out", type=Path, default=Path("weights"), help="default: weights")
    parser.add_argument("--workers", type=int, default=0, help="processes that read images")
    parser.add_argument("--threads", type=int, default=0, help="torch threads, 0: torch decides")
    parser.add_argument(
        "--no-export", action="store_true", help="leave the weights in --work, for another recipe"
    )
    parser.add_argument("--split-only", action="store_true", help="write split.csv and stop")
    return parser
