"""Bounds that keep their promise on new lesions too: tolerance limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from skinapp.domain.triage import LEAST_CONFIDENCE
from skinapp.evaluation.metrics import Floats, Ints


def lesions_to_miss(lesions: int, least_share: float) -> int:
    """How many of so many lesions the highest bound may miss.

    A bound that keeps 95 % of the lesions on which it is chosen keeps 95 % of others half of the
    time only.  This one does in :data:`LEAST_CONFIDENCE` of all choices (Wilks, "Determination of
    sample sizes for setting tolerance limits", Ann. Math. Stat. 12:91, 1941); 0 where so few
    lesions can't promise it at all.
    """
    missed = np.arange(lesions)
    confident = binom.sf(missed, lesions, 1 - least_share) >= LEAST_CONFIDENCE
    return int(missed[confident].max(initial=0))


def confidence_of(missed: int, lesions: int, least_share: float) -> float:
    """The chance, 0 to 1, that a bound which misses that many keeps the share of new lesions."""
    return round(float(binom.sf(missed, lesions, 1 - least_share)), 4)


class ToleranceLimit(NamedTuple):
    """The index of the photo that sets the bound, and the chance, 0 to 1, that the bound holds."""

    photo: int
    confidence: float


def tolerance_limit(values: Floats, groups: Ints, least_share: float) -> ToleranceLimit:
    """The highest bound that keeps a share of new lesions, too, as surely as so many can promise.

    ``values`` are those of photos ``(n,)``, ``groups`` their lesions.
    """
    lesions = len(np.unique(groups))
    may_miss = lesions_to_miss(lesions, least_share)
    return ToleranceLimit(
        highest_bound(values, groups, may_miss), confidence_of(may_miss, lesions, least_share)
    )


def highest_bound(values: Floats, groups: Ints, may_miss: int) -> int:
    """The index of the highest value that is a bound below which few enough lesions lie.

    ``values`` are those of photos ``(n,)``, ``groups`` their lesions.  Lesions count, and photos of
    one lesion share its one vote.
    """
    order = np.argsort(values)
    _, lesion, photos = np.unique(groups[order], return_inverse=True, return_counts=True)
    votes = 1 / photos[lesion]
    missed = np.cumsum(votes) - votes
    return int(order[np.flatnonzero(missed <= may_miss + 1e-9)[-1]])
