"""From a malignant probability to advice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# How sure it has to be that a threshold finds as many of lesions to come as its name says.
LEAST_CONFIDENCE = 0.9


class Advice(StrEnum):
    """What the operating point says."""

    SUSPICIOUS = "suspicious"
    NOT_SUSPICIOUS = "not_suspicious"


@dataclass(frozen=True, slots=True)
class PredictiveValues:
    """What advice means where malignant lesions have a given share; all from 0 to 1.

    ``malignant_if_flagged`` is the positive predictive value, ``malignant_if_not_flagged`` one
    minus the negative one.
    """

    prevalence: float
    malignant_if_flagged: float
    malignant_if_not_flagged: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold on the malignant probability, and what it achieved where it was measured.

    All values from 0 to 1.  ``measured_on`` names the images, ``images`` counts them.  The
    intervals are 95 % ones (low, high); None where they were not measured.
    """

    threshold: float
    sensitivity: float
    specificity: float
    measured_on: str
    images: int
    sensitivity_interval: tuple[float, float] | None = None
    specificity_interval: tuple[float, float] | None = None

    def advice(self, malignant_probability: float) -> Advice:
        """A probability at the threshold counts as suspicious: a missed melanoma costs more."""
        if malignant_probability >= self.threshold:
            return Advice.SUSPICIOUS
        return Advice.NOT_SUSPICIOUS

    def predictive_values(self, prevalence: float) -> PredictiveValues:
        """Apply Bayes' rule to a prevalence of malignant lesions between 0 and 1, both excluded.

        Altman and Bland, "Diagnostic tests 2: predictive values", BMJ 309:102, 1994.
        """
        found, missed = self.sensitivity * prevalence, (1 - self.sensitivity) * prevalence
        cleared = self.specificity * (1 - prevalence)
        false_alarms = (1 - self.specificity) * (1 - prevalence)
        return PredictiveValues(
            prevalence=prevalence,
            malignant_if_flagged=_share(found, false_alarms),
            malignant_if_not_flagged=_share(missed, cleared),
        )


def at_prevalence(probability: float, share: float, prevalence: float) -> float:
    """A malignant probability (0 to 1) as it would be where more or fewer lesions are malignant.

    It is calibrated to lesions of which ``share`` are malignant; wanted is it for ``prevalence``,
    both between 0 and 1, excluded.  Bayes' rule, where only that share differs, and not what the
    malignant and the benign lesions are (Saerens, Latinne and Decaestecker, Neural Computation
    14:21, 2002).
    """
    malignant = probability * prevalence / share
    benign = (1 - probability) * (1 - prevalence) / (1 - share)
    return _share(malignant, benign)


def _share(part: float, rest: float) -> float:
    """Share of a part in the whole; of nothing, none."""
    return part / (part + rest) if part else 0.0
