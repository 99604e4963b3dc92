"""The command line of ``scripts/check_refusal.py``."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from skinapp.domain.errors import ModelRefused
from skinapp.evaluation.engine_option import add_engine_options, engine_plan
from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.model.card import Card, read_card, write_card
from skinapp.model.classifier import NetworkClassifier, evidence_of, load_classifier
from skinapp.model.novelty import NoveltyScorer, load_scorer
from skinapp.model.square import centre_square
from skinapp.model.trust_entries import NoveltyEntry, RefusalCount
from skinapp.training.foreign import files_in
from skinapp.training.open_image import open_image


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
    scores = list(_scores(classifier, scorer, [path for _, path in pictures]))
    counts = count_by_kind([kind for kind, _ in pictures], scores, novelty.threshold)
    for kind, count in counts.items():
        print(f"{kind:24} refused {count.refused:,} of {count.pictures:,}")
    for (_, path), score in zip(pictures, scores, strict=True):
        if score <= novelty.threshold:
            print(f"taken for a dermoscopic image, {score:.2f}: {path}")
    refused, total = (sum(getattr(c, n) for c in counts.values()) for n in ("refused", "pictures"))
    print(f"together: refused {refused:,} of {total:,} ({refused / total:.1%})")
    if options.into_card:
        _keep(counts, classifier.card, novelty, folder)


def _scores(
    classifier: NetworkClassifier, scorer: NoveltyScorer, paths: Sequence[Path]
) -> Iterator[float]:
    """The novelty of every picture, in their order, two at a time."""

    def strangeness(path: Path) -> float:
        square = centre_square(np.asarray(open_image(path)), classifier.input_size_px)
        return float(scorer.score(evidence_of([square], [classifier.forward(square)]))[0])

    with ThreadPoolExecutor(2) as pool:
        yield from tqdm(pool.map(strangeness, paths), total=len(paths), unit="image")


def count_by_kind(
    kinds: Sequence[str], scores: Sequence[float], threshold: float
) -> dict[str, RefusalCount]:
    """How many pictures of each kind are refused: those with a score above the threshold."""
    pictures = Counter(kinds)
    refused = Counter(kind for kind, score in zip(kinds, scores, strict=True) if score > threshold)
    return {
        kind: RefusalCount(refused=refused[kind], pictures=pictures[kind])
        for kind in sorted(pictures)
    }


def _keep(
    counts: dict[str, RefusalCount], measured: Card, novelty: NoveltyEntry, folder: Path
) -> None:
    """Write the counts beside those of ``fit_trust.py``.

    Raises :class:`LabelsUnreadable` where the card is not the one any more that was ``measured``.
    """
    if read_card(folder) != measured:
        raise LabelsUnreadable(f"{folder}: the card was changed meanwhile; check again")
    far = dict(sorted((novelty.far | counts).items()))
    entry = novelty.model_copy(update={"far": far})
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
        help="write the counts into the card, as a final figure: only of kinds that fit_trust.py "
        "never had",
    )
    add_engine_options(parser)
    return parser
