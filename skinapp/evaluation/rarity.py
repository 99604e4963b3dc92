"""What follows from some classes being rare, chosen on the validation part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from skinapp.evaluation.choose import balanced_log_loss, log_loss
from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.evaluation.metrics import Floats, Ints
from skinapp.model.calibration import Calibration, Logits
from skinapp.model.card import Card
from skinapp.model.trust_entries import RarityEntry

_TEMPERATURES = (0.1, 10.0)
_EXPONENTS = (0.0, 1.0)


class FittedCalibration(NamedTuple):
    """A temperature, and to what power of its share each class's probability is multiplied."""

    temperature: float
    exponent: float

    def of(self, shares: Floats) -> Calibration:
        """What they make of classes with these shares ``(classes,)``."""
        return Calibration(self.temperature, tuple(self.exponent * np.log(shares)))


def shares_of(card: Card, learned: Sequence[str]) -> dict[str, float]:
    """The classes' shares of training images whose codes are given.

    A class that was never learned counts as the commonest one: nothing makes up for that, and by
    its rarity it would be named where the network knows nothing of it.  Raises
    :class:`LabelsUnreadable` where there is no image.
    """
    if not learned:
        raise LabelsUnreadable("the home set has no image in part 'training'")
    counts = Counter(learned)
    most = max(counts.values())
    return {
        label.code: round(counts.get(label.code, most) / len(learned), 6) for label in card.labels
    }


def fit_calibration(logits: Logits, targets: Ints, shares: Floats) -> FittedCalibration:
    """Both, by the least negative log-likelihood of classes' logits ``(n, classes)``.

    Where images of a class were drawn in training with weight n^-0.5, say, and nothing in the loss
    made up for that, the exponent that takes it back is 0.5.  Fitted, because what was done to
    teachers counts as well.
    """

    def loss(parameters: Floats) -> float:
        tried = FittedCalibration(float(np.exp(parameters[0])), float(parameters[1]))
        return log_loss(tried.of(shares).probabilities(logits), targets)

    low, high = np.log(_TEMPERATURES)
    found = minimize(loss, np.array([0.0, 0.5]), bounds=[(low, high), _EXPONENTS])
    return FittedCalibration(round(float(np.exp(found.x[0])), 4), round(float(found.x[1]), 4))


def choose_naming_exponent(probabilities: Floats, targets: Ints, shares: Floats) -> float:
    """How strongly rarity counts in a name: by the least log loss, averaged by class first.

    For true probabilities it would be 1, which is Bayes' rule for the balanced accuracy (Menon et
    al., "Long-tail learning via logit adjustment", ICLR 2021); less where those of rare classes are
    less certain.  The log loss is smooth in it, where the balanced accuracy jumps with each rare
    image.
    """
    logits = np.log(np.maximum(probabilities, 1e-12))
    found = minimize_scalar(
        lambda exponent: balanced_log_loss(logits - exponent * np.log(shares), targets, 1.0),
        bounds=_EXPONENTS,
        method="bounded",
    )
    return round(float(found.x), 2)


def choose_rarity(
    logits: Logits, targets: Ints, card: Card, learned: Sequence[str], *, measured_on: str
) -> tuple[float, RarityEntry]:
    """The temperature and the entry for a card, by classes' logits ``(n, classes)``.

    ``learned`` are the class codes of the home set's training images.
    """
    by_code = shares_of(card, learned)
    shares = np.array([by_code[label.code] for label in card.labels])
    fitted = fit_calibration(logits, targets, shares)
    probabilities = fitted.of(shares).probabilities(logits)
    return fitted.temperature, RarityEntry(
        shares=by_code,
        calibration_exponent=fitted.exponent,
        naming_exponent=choose_naming_exponent(probabilities, targets, shares),
        measured_on=measured_on,
        images=len(targets),
    )
