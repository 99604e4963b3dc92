"""From a malignant probability to advice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Advice(StrEnum):
    """What the operating point says."""

    SUSPICIOUS = "suspicious"
    NOT_SUSPICIOUS = "not_suspicious"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold on the malignant probability, and what it achieved where it was measured.

    All values from 0 to 1.  ``measured_on`` names the images, ``images`` counts them.
    """

    threshold: float
    sensitivity: float
    specificity: float
    measured_on: str
    images: int

    def advice(self, malignant_probability: float) -> Advice:
        """A probability at the threshold counts as suspicious: a missed melanoma costs more."""
        if malignant_probability >= self.threshold:
            return Advice.SUSPICIOUS
        return Advice.NOT_SUSPICIOUS
