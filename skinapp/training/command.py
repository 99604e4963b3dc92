"""The command line of ``scripts/train.py``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import torch

from skinapp.domain.errors import ModelRefused
from skinapp.domain.lesions import TAXONOMIES
from skinapp.evaluation.choose import refuse_one_sided
from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.model.card import Card
from skinapp.training.adversary import make_adversary
from skinapp.training.conflicts import CONFLICT_RULES, PicturesInTwoClasses
from skinapp.training.data import Pool, ViewStream
from skinapp.training.device import choose_device
from skinapp.training.earlier import earlier_training, refuse_unfit_start
from skinapp.training.finish import export
from skinapp.training.folds import without_fold
from skinapp.training.follow import read_split
from skinapp.training.history import HistoryRow, read_history, write_history
from skinapp.training.loop import CheckpointOfAnotherRecipe, Run
from skinapp.training.network_facts import NetworkFacts, facts_of_run
from skinapp.training.pools import training_pools
from skinapp.training.recipe import Recipe, RecipeUnreadable, read_recipe
from skinapp.training.select_weights import NotALargerNetwork
from skinapp.training.sources import Source, read_sources
from skinapp.training.split import LesionInTwoClasses, Parts
from skinapp.training.splits_kept import Splits
from skinapp.training.start import PretrainedMismatch, starting_network
from skinapp.training.teacher_source import TeacherRefused, read_teachers
from skinapp.training.validator import Validator
from skinapp.training.work_folder import write_splits


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or resume, and report what came of it."""
    options = _parser().parse_args(arguments)
    try:
        return _train_and_export(options)
    except (
        CheckpointOfAnotherRecipe,
        FloatingPointError,
        LabelsUnreadable,
        LesionInTwoClasses,
        ModelRefused,
        NotALargerNetwork,
        PicturesInTwoClasses,
        PretrainedMismatch,
        RecipeUnreadable,
        TeacherRefused,
        OSError,
    ) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2


def _train_and_export(options: argparse.Namespace) -> int:
    recipe = read_recipe(options.recipe)
    if options.fold is not None:
        recipe = recipe.leaving_out(options.fold)
    codes = [lesion.code for lesion in TAXONOMIES[recipe.taxonomy]]
    follow = [read_split(folder, split) for folder, split in options.follow]
    sources = _read(recipe, options, codes, follow)
    home, *others = sources
    write_splits(options.work, sources)
    if options.split_only:
        return 0
    malignant = {lesion.code for lesion in TAXONOMIES[recipe.taxonomy] if lesion.malignant}
    refuse_one_sided([image.code for image in home.parts.validation], malignant)
    if options.threads:
        torch.set_num_threads(options.threads)
    run = train(
        recipe,
        home.parts,
        training_pools(recipe, sources, options.data),
        options.pretrained,
        options.work,
        workers=options.workers,
        followed_splits=[parts.sha256() for parts in follow],
        other_splits=_fingerprints(others),
        teachers_dir=options.teachers,
    )
    print(f"trained {run.step} steps in {run.elapsed_s / 60:.0f} minutes")
    # A curve over another set's classes would not go on in this one's, nor a larger network's.
    started_on = run.earlier.facts.split_sha256 if run.earlier.facts else ""
    goes_on = started_on == home.parts.sha256() and recipe.start == "whole"
    earlier = read_history(options.pretrained / "history.csv") if goes_on else []
    # Whoever goes on from here finds the whole way.
    history = [*earlier, *run.history]
    write_history(history, options.work / "history.csv")
    if options.no_export:
        return 0
    card = _export(run, sources, history, options)
    print(f"wrote {options.out / recipe.name}, version {card.version}; measure it with evaluate.py")
    return 0


def _export(
    run: Run, sources: Sequence[Source], history: Sequence[HistoryRow], options: argparse.Namespace
) -> Card:
    """Write the model folder; its card counts what the run was trained on."""
    recipe = run.recipe
    return export(
        run,
        [replace(each, parts=without_fold(each.parts, recipe.split.fold)) for each in sources],
        options.out / recipe.name,
        facts=_facts(run, sources[0].parts, _fingerprints(sources[1:])),
        start=starting_network(recipe, options.pretrained),
        workers=options.workers,
        history=history,
    )


def _facts(run: Run, home: Parts, other_splits: Mapping[str, str]) -> NetworkFacts:
    return facts_of_run(run.recipe, home.sha256(), other_splits, run.earlier.facts)


def _fingerprints(sources: Sequence[Source]) -> dict[str, str]:
    return {source.name: source.parts.sha256() for source in sources}


def _read(
    recipe: Recipe, options: argparse.Namespace, codes: Sequence[str], follow: Sequence[Parts]
) -> list[Source]:
    folders = options.layout == "folders"
    if options.labels and folders:
        raise SystemExit("train.py: --labels is for --layout table; folders are their own labels")
    if follow and not folders:
        raise SystemExit("train.py: --follow is for --layout folders; a table has lesions")
    table = None if folders else options.labels or _only_table(options.data)
    others = options.others or options.data.parent
    sources = read_sources(
        recipe, options.data, table, others, codes, conflicts=options.conflicts, follow=follow
    )
    for step in sources[0].cleaning:
        print(f"left out {step.images} images: {step.reason}")
    return sources


def train(
    recipe: Recipe,
    parts: Parts,
    pools: Sequence[Pool],
    pretrained_dir: Path,
    work: Path,
    *,
    workers: int,
    followed_splits: Collection[str] = (),
    other_splits: Mapping[str, str] = MappingProxyType({}),
    teachers_dir: Path = Path("weights"),
) -> Run:
    """Train a recipe to its end in a work folder, resuming what is there.

    The start file and the teachers may have learned from a split (by hash) that this one follows;
    from the other sets (by name) on the same splits only.
    """
    device = choose_device()
    earlier = earlier_training(recipe, pretrained_dir)
    splits = Splits(parts.sha256(), other_splits, followed_splits)
    refuse_unfit_start(recipe, earlier, splits)
    teachers = read_teachers(recipe, pretrained_dir, teachers_dir, splits, device)
    network = starting_network(recipe, pretrained_dir)
    stream = ViewStream(pools, recipe)
    adversary = make_adversary(recipe, network, stream)
    run = Run(network, recipe, work, device, earlier, teachers=teachers, adversary=adversary)
    if run.resume():
        print(f"resuming at step {run.step}")
    validator = Validator(parts.validation, recipe, device, workers)
    run.train(stream, validator, workers=workers)
    run.save_average(_facts(run, parts, other_splits))
    return run


def _only_table(data: Path) -> Path:
    for name in ("HAM10000_metadata.csv", "labels.csv"):
        if (data / name).is_file():
            return data / name
    raise SystemExit(f"no table of labels found in {data}; name one with --labels")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train.py", description=__doc__)
    parser.add_argument("--recipe", type=Path, required=True, help="TOML file, see recipes/")
    parser.add_argument(
        "--fold",
        type=int,
        help="which of the recipe's folds to leave out, from 0; the name ends with it",
    )
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
    _add_folders(parser)
    parser.add_argument("--workers", type=int, default=0, help="processes that read images")
    parser.add_argument("--threads", type=int, default=0, help="torch threads, 0: torch decides")
    parser.add_argument(
        "--no-export", action="store_true", help="leave the weights in --work, for another recipe"
    )
    parser.add_argument("--split-only", action="store_true", help="write split.csv and stop")
    return parser


def _add_folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pretrained",
        type=Path,
        default=Path(),
        help="folder of the weights files that the recipe names (default: here)",
    )
    parser.add_argument(
        "--teachers",
        type=Path,
        default=Path("weights"),
        help="folder of the model folders that teach, where the recipe has such (default: weights)",
    )
    parser.add_argument("--work", type=Path, required=True, help="checkpoints and history; resumed")
    parser.add_argument("--out", type=Path, default=Path("weights"), help="default: weights")
