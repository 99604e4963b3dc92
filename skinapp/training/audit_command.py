"""The command line of ``scripts/audit_data.py``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from skinapp.domain.errors import ModelRefused
from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.model.card import read_card, write_card
from skinapp.training.audit import LEAST_IMAGES, Audit, compare, gather, summarise
from skinapp.training.audit_checks import run_checks
from skinapp.training.data_set_options import add_data_set_options
from skinapp.training.inventory import take_inventory
from skinapp.training.report_page import make_room, write_report

MOST_ROWS = 50
NOTHING_WRONG, ERRORS_FOUND, NOT_DONE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit a set; 0: no errors (there may be warnings), 1: errors, 2: it could not be audited."""
    options = _parser().parse_args(arguments)
    try:
        return _audit(options)
    except (LabelsUnreadable, ModelRefused, OSError) as error:
        print(f"audit_data.py: {error}")
        return NOT_DONE


def _audit(options: argparse.Namespace) -> int:
    folder = options.weights / options.into_model if options.into_model else None
    # What would stop the end is found out before the long work.
    make_room(options.out)
    if folder:
        read_card(folder)
    found = audit(options)
    page = write_report(options.out, "audit.html", found.as_json(), audit=found, most=MOST_ROWS)
    for finding in found.findings:
        print(
            f"{finding.severity:8} {finding.title}: {len(finding.items)} rows, "
            f"{finding.files} files"
        )
    print(f"{found.images} images audited, report in {page}")
    if folder:
        entry = found.entry(options.name or found.root, [each.name for each in options.against])
        # The card as it is now: much may have been written into it since the start.
        card = read_card(folder)
        write_card(card.model_copy(update={"data_audit": entry}), folder)
        print(f"wrote the findings into the card of {card.name}")
    return ERRORS_FOUND if found.errors else NOTHING_WRONG


def audit(options: argparse.Namespace) -> Audit:
    """Do what the options ask for."""
    inventory = take_inventory(
        options.data, layout=options.layout, table=options.labels, split=options.split
    )
    evidence, thumbnails = gather(inventory)
    if options.against_labels and len(options.against) != 1:
        raise LabelsUnreadable("--against-labels is the table of one set")
    foreign = [
        compare(thumbnails, take_inventory(folder, table=options.against_labels))
        for folder in options.against
    ]
    return summarise(evidence, run_checks(evidence, foreign, options.least_images))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="audit_data.py",
        description="Find what in a data set would mislead a training or flatter a test.",
        epilog="exit codes: 0 no errors (there may be warnings), 1 errors, 2 it was not audited",
    )
    add_data_set_options(parser)
    parser.add_argument("--split", type=Path, help="split.csv of train.py, whose parts to check")
    parser.add_argument(
        "--against",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="other sets that must not share images",
    )
    parser.add_argument("--against-labels", type=Path, help="the other set's table")
    parser.add_argument(
        "--least-images",
        type=int,
        default=LEAST_IMAGES,
        help=f"images that a class needs (default: {LEAST_IMAGES})",
    )
    parser.add_argument("--into-model", metavar="NAME", help="put the findings into its card")
    parser.add_argument("--name", help="what the set is called there (default: its folder)")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="default: weights")
    return parser
