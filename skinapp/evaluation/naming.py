"""The one class that each image gets."""

from __future__ import annotations

import numpy as np

from skinapp.evaluation.coverage import members
from skinapp.evaluation.metrics import Floats, Ints
from skinapp.model.card import Card


def named_classes(probabilities: Floats, card: Card) -> Ints | None:
    """The class that each image gets, ``(n,)``; None where the card has no rule for it.

    As the domain's ``Rules.one_name`` says.
    """
    rule = card.rules.naming
    if rule is None:
        return None
    narrowest = min(card.prediction_sets, key=lambda entry: entry.level)
    inside = members(probabilities, narrowest, card)
    return np.asarray(np.where(inside, probabilities * np.array(rule.weights), -1.0).argmax(axis=1))
