"""What novelty makes of lesion types that the network never learned (``split.unseen``)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.metrics import auroc
from skinapp.model.classifier import NetworkClassifier
from skinapp.model.trust_entries import RefusalCount
from skinapp.training.trust import FittedNovelty, count_refused, look_at, readers


class UnseenClasses(NamedTuple):
    """How many images of each such class are refused, and how well its score tells it apart.

    ``refused`` is by kind, ``unseen_<code>``; ``auroc`` by code, against the untouched images of
    the classes that were learned.
    """

    refused: dict[str, RefusalCount]
    auroc: dict[str, float]


def measure_unseen(
    classifier: NetworkClassifier,
    fitted: FittedNovelty,
    test: Sequence[LabelledImage],
    learned: Collection[str],
) -> UnseenClasses:
    """Judge the test part, if it has classes that are not among the ``learned`` ones."""
    codes = np.array([image.code for image in test])
    unseen = sorted(set(codes) - set(learned))
    if not unseen:
        return UnseenClasses({}, {})
    evidence = look_at(classifier, readers(image.path for image in test)).evidence
    kinds = [f"unseen_{code}" if code in unseen else "learned" for code in codes]
    scores = fitted.scores(evidence)
    refused = count_refused(kinds, scores, fitted.threshold)
    areas = {}
    for code in unseen:
        compared = (codes == code) | ~np.isin(codes, unseen)
        is_unseen = codes[compared] == code
        weights = np.ones(len(is_unseen))
        areas[code] = round(auroc(is_unseen, scores[compared], weights), 5)
    return UnseenClasses({kind: refused[kind] for kind in refused if kind != "learned"}, areas)
