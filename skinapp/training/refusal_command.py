"""The command line of ``scripts/check_refusal.py``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from skinapp.domain.errors import ModelRefused
from skinapp.evaluation.engine_option import add_engine_options, engine_plan
from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.model.card import Card, read_card, write_card
from skinapp.model.classifier import load_classifier
from skinapp.model.novelty import load_scorer
from skinapp.model.trust_entries import NoveltyEntry, RefusalCount, all_together
from skinapp.training.foreign import files_in
from skinapp.training.trust import count_refused, look_at, readers


def main(arguments: Sequence[str] | None = None) -> int:
    """Count what is refused, print it, and write it into the card where that was asked for."""
    options = _parser().parse_args(arguments)
    try:
        _check(options)
    except (ModelRefused, LabelsUnreadable, OSError) as error:
        print(f"check_refusal.py: {error}")
        return 2
    return 0


def _check(options: argparse.Namespace) -> None:
    folder = options.weights / options.model
    pictures = [each for pictures in options.pictures for each in files_in(pictures)]
    if not pictures:
        raise LabelsUnreadable("the folders hold no pictures")
    classifier = load_classifier(folder, engine_plan(options))
    novelty, scorer = classifier.card.novelty, load_scorer(classifier.card, folder)
    if novelty is None or scorer is None:
        raise LabelsUnreadable(f"{folder}: nothing is refused by it; run fit_trust.py first")
    kinds = [kind for kind, _ in pictures]
    if options.into_card:
        _refuse_known_kinds(kinds, novelty)
    looks = look_at(classifier, readers(path for _, path in pictures))
    scores = scorer.score(looks.evidence)
    counts = count_refused(kinds, scores, novelty.threshold)
    for kind, count in counts.items():
        print(f"{kind:24} refused {count.refused:,} of {count.pictures:,}")
    for (_, path), score in zip(pictures, scores, strict=True):
        if score <= novelty.threshold:
            print(f"taken for a dermoscopic image, {score:.2f}: {path}")
    together = all_together(counts)
    share = together.refused / together.pictures
    print(f"together: refused {together.refused:,} of {together.pictures:,} ({share:.1%})")
    if options.into_card:
        _keep(counts, classifier.card, novelty, folder)


def _refuse_known_kinds(kinds: Sequence[str], novelty: NoveltyEntry) -> None:
    """Raise :class:`LabelsUnreadable` for kinds that the fit chose with, or judged by itself."""
    if not novelty.chosen_with:
        raise LabelsUnreadable(
            "the card does not say which kinds its refusal was chosen with; run fit_trust.py again"
        )
    if known := sorted(set(kinds) & {*novelty.chosen_with, *novelty.far}):
        raise LabelsUnreadable(
            f"fit_trust.py had pictures of the kind {known[0]!r}: what others of it show is no "
            "figure for the card"
        )


def _keep(
    counts: dict[str, RefusalCount], measured: Card, novelty: NoveltyEntry, folder: Path
) -> None:
    """Write the counts beside those of ``fit_trust.py``, in place of those of an earlier check.

    Raises :class:`LabelsUnreadable` where the card is not the one any more that was ``measured``.
    """
    if read_card(folder) != measured:
        raise LabelsUnreadable(f"{folder}: the card was changed meanwhile; check again")
    entry = novelty.model_copy(update={"further": counts})
    write_card(measured.model_copy(update={"novelty": entry}), folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="check_refusal.py",
        description="Count how many foreign pictures a model refuses, by kind, and name those that "
        "it takes for dermoscopic images.",
    )
    parser.add_argument("--model", required=True, help="name of a folder in --weights")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="default: weights")
    parser.add_argument(
        "--pictures",
        type=Path,
        nargs="+",
        required=True,
        help="folders with sources.csv (file, category) and images/",
    )
    parser.add_argument(
        "--into-card",
        action="store_true",
        help="write the counts into the card, in place of those of an earlier check; refused for "
        "kinds that fit_trust.py had",
    )
    add_engine_options(parser)
    return parser
