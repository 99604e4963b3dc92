"""The command line of ``scripts/explore_data.py``."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.model.card import FIGURES_FOLDER
from skinapp.model.evidence import DataFacts, write_data_facts
from skinapp.training.audit import Evidence, gather
from skinapp.training.audit_checks import run_checks
from skinapp.training.data_set_options import add_data_set_options
from skinapp.training.explore import explore
from skinapp.training.explore_figures import (
    associations_figure,
    classes_figure,
    contact_sheet,
    crossing_figure,
    sizes_figure,
)
from skinapp.training.inventory import take_inventory
from skinapp.training.report_page import make_room, report_paths, write_report

_SEED = 20260504


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at a set and write the report; 0 when done, 2 when it could not be."""
    options = _parser().parse_args(arguments)
    try:
        _look(options)
    except (LabelsUnreadable, OSError) as error:
        print(f"explore_data.py: {error}")
        return 2
    return 0


def _look(options: argparse.Namespace) -> None:
    folder = options.weights / options.into_model if options.into_model else None
    if folder is not None and not folder.is_dir():
        raise LabelsUnreadable(f"{folder} is not a model's folder")
    make_room(options.out)
    inventory = take_inventory(
        options.data, layout=options.layout, table=options.labels, split=options.split
    )
    evidence, _ = gather(inventory)
    name = options.name or options.data.resolve().name
    facts = explore(evidence, run_checks(evidence), name)
    if not facts.images:
        raise LabelsUnreadable(f"{options.data} has no image with a class")
    print(f"{facts.images} images, report in {_write(facts, evidence, options)}")
    if folder is not None:
        print(f"wrote {write_data_facts(facts, folder / FIGURES_FOLDER)}")


def _write(facts: DataFacts, evidence: Evidence, options: argparse.Namespace) -> Path:
    codes = [found.code for found in facts.classes]
    figures = [("Images by class", classes_figure(facts))]
    figures += [(each.attribute, crossing_figure(each, codes)) for each in facts.crossings]
    if facts.associations:
        figures.append(("What goes together", associations_figure(facts)))
    if facts.sizes:
        figures.append(("Image sizes", sizes_figure(facts)))
    return write_report(
        options.out,
        "explore.html",
        facts.model_dump(mode="json"),
        facts=facts,
        figures=figures,
        head=evidence.inventory.head,
        sheet=_sheet(evidence, codes, options),
        sheet_codes=codes,
        weights=sampling_weights(facts),
    )


def sampling_weights(facts: DataFacts) -> list[tuple[str, float, float]]:
    """Each class with its share of the images, and of the views if drawn by ``n ** -0.6``."""
    images = np.array([found.images for found in facts.classes], dtype=float)
    drawn = images**0.4
    return [
        (found.code, float(share), float(view))
        for found, share, view in zip(
            facts.classes, images / images.sum(), drawn / drawn.sum(), strict=True
        )
    ]


def _sheet(evidence: Evidence, codes: Sequence[str], options: argparse.Namespace) -> str:
    """Samples of each class, unless the report could be committed: images stay out of git."""
    if not options.samples:
        return ""
    page, _ = report_paths(options.out)
    if not is_kept_out_of_git(page):
        print(f"{page} could be committed, so it gets no contact sheet; write it to work/")
        return ""
    rng = np.random.default_rng(_SEED)
    rows = []
    for code in codes:
        paths = [record.path for record in evidence.inventory.records if record.code == code]
        chosen = sorted(rng.permutation(len(paths))[: options.samples])
        rows.append((code, [paths[index] for index in chosen]))
    return contact_sheet(rows)


def is_kept_out_of_git(path: Path) -> bool:
    """Whether a file lies outside of every git repository, or is ignored there."""
    folder = path.resolve().parent
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return True
    existing = next(above for above in (folder, *folder.parents) if above.is_dir())
    try:
        asked = subprocess.run(  # noqa: S603 - no shell, and the path stands after --
            ["git", "check-ignore", "-q", "--", str(path.resolve())],  # noqa: S607 - the user's git
            cwd=existing,
            check=False,
        )
    except FileNotFoundError:
        return False
    return asked.returncode == 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="explore_data.py", description="A first look at a data set, as one HTML page."
    )
    add_data_set_options(parser)
    parser.add_argument("--split", type=Path, help="split.csv of train.py: counts by part")
    parser.add_argument(
        "--samples", type=int, default=8, help="images a class in the contact sheet; 0: no sheet"
    )
    parser.add_argument("--name", help="what the set is called (default: its folder)")
    parser.add_argument("--into-model", metavar="NAME", help="show the numbers on its /data page")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="default: weights")
    return parser
