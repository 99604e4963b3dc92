"""What is chosen on the validation part: temperature, operating points, certainty rule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.evaluation.metrics import Flags, Floats, Ints, Scores
from skinapp.evaluation.tolerance import tolerance_limit
from skinapp.model.calibration import Calibration, Logits
from skinapp.model.card import Certainty

# Below this share of right answers a single verdict is more likely to mislead than to help.
UNSURE_ACCURACY = 0.55
CANDIDATE_COVERAGE = 0.9
# Of malignant lesions like those on which the threshold is chosen.
LEAST_SENSITIVITIES = (0.90, 0.95, 0.98)


def log_loss(probabilities: Floats, targets: Ints) -> float:
    """Mean negative logarithm, in nats, of the probabilities ``(n, classes)`` of the truth."""
    own = probabilities[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(own, 1e-12)).mean())


def negative_log_likelihood(logits: Logits, targets: Ints, temperature: float) -> float:
    """Mean negative log-likelihood in nats."""
    return log_loss(Calibration(temperature).probabilities(logits), targets)


def balanced_log_loss(logits: Logits, targets: Ints, temperature: float) -> float:
    """Negative log-likelihood averaged by class first, so that rare classes count as much."""
    classes = np.unique(targets)
    return float(
        np.mean(
            [
                negative_log_likelihood(logits[targets == c], targets[targets == c], temperature)
                for c in classes
            ]
        )
    )


def balanced_accuracy(logits: Logits, targets: Ints) -> float:
    """Share of right answers, averaged by class."""
    right = logits.argmax(axis=1) == targets
    return float(np.mean([right[targets == c].mean() for c in np.unique(targets)]))


def fit_temperature(logits: Logits, targets: Ints) -> float:
    """Temperature of least negative log-likelihood (Guo et al., ICML 2017)."""
    found = minimize_scalar(
        lambda log_t: negative_log_likelihood(logits, targets, float(np.exp(log_t))),
        bounds=(np.log(0.1), np.log(10.0)),
        method="bounded",
    )
    return round(float(np.exp(found.x)), 4)


def point_name(least_sensitivity: float) -> str:
    """What a card calls the operating point, as in "malignant_95"."""
    return f"malignant_{least_sensitivity * 100:.0f}"


@dataclass(frozen=True, slots=True)
class ChosenPoint:
    """A threshold with the sensitivity and specificity that it has where it was chosen.

    Sensitivity and specificity are shares of photos; ``confidence``, 0 to 1, is the chance that it
    finds the least share of new lesions, of which each counts once.
    """

    threshold: float
    sensitivity: float
    specificity: float
    confidence: float


def refuse_one_sided(codes: Collection[str], malignant: Collection[str]) -> None:
    """Raise :class:`LabelsUnreadable` where no threshold can be chosen on these classes' images."""
    found = {code in malignant for code in codes}
    if found != {True, False}:
        lacking = "malignant" if True not in found else "benign"
        raise LabelsUnreadable(
            f"the validation part has no {lacking} image: no threshold can be chosen on it"
        )


def choose_operating_point(scores: Scores, least_sensitivity: float) -> ChosenPoint:
    """The highest threshold that reaches the given sensitivity on new lesions, too.

    Lesions count, and photos of one lesion share its one vote.
    """
    ill = np.flatnonzero(scores.is_malignant)
    limit = tolerance_limit(
        scores.malignant_probability[ill], scores.groups[ill], least_sensitivity
    )
    # Rounded down, so that the photo that sets the threshold stays above it.
    threshold = float(np.floor(scores.malignant_probability[ill[limit.photo]] * 1e5) / 1e5)
    flagged = scores.malignant_probability >= threshold
    return ChosenPoint(
        threshold=threshold,
        sensitivity=round(float(flagged[scores.is_malignant].mean()), 4),
        specificity=round(float((~flagged)[~scores.is_malignant].mean()), 4),
        confidence=limit.confidence,
    )


def choose_certainty(scores: Scores) -> Certainty:
    """When to call an answer unsure, and how many candidates to name then.

    Unsure are the answers below the highest threshold under which at most
    :data:`UNSURE_ACCURACY` of them are right; the candidates' mass is the least that names the
    truth in :data:`CANDIDATE_COVERAGE` of the unsure ones.
    """
    top = scores.probabilities.max(axis=1)
    right = scores.most_probable == scores.targets
    grid = [t for t in np.arange(0.30, 0.91, 0.01) if (top < t).any()]
    fitting = [t for t in grid if right[top < t].mean() <= UNSURE_ACCURACY]
    threshold = round(float(max(fitting, default=0.30)), 2)
    unsure = top < threshold
    return Certainty(
        unsure_below=threshold,
        candidate_mass=_candidate_mass(scores.probabilities[unsure], scores.targets[unsure]),
        accuracy_when_sure=_share(right[~unsure]),
        accuracy_when_unsure=_share(right[unsure]),
        share_unsure=round(float(unsure.mean()), 4),
    )


def _share(flags: Flags) -> float:
    """Share that is true; of nothing, none."""
    return round(float(flags.mean()), 4) if flags.size else 0.0


def _candidate_mass(probabilities: Floats, targets: Ints) -> float:
    if len(targets) == 0:
        return CANDIDATE_COVERAGE
    order = np.argsort(-probabilities, axis=1)
    ranked = np.take_along_axis(probabilities, order, axis=1)
    place = (order == targets[:, None]).argmax(axis=1)
    # Mass of everything ranked before the truth: the truth is named if the rule asks for more.
    before = (np.cumsum(ranked, axis=1) - ranked)[np.arange(len(targets)), place]
    # The second candidate is always named.
    before[place <= 1] = 0.0
    needed = float(np.quantile(before, CANDIDATE_COVERAGE, method="higher"))
    return round(min(0.99, max(0.5, needed + 0.01)), 2)
