"""What is wrong with a photo, as facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class QualityProblem(StrEnum):
    """Problems that lower the trust in an answer without forbidding it."""

    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    LOW_CONTRAST = "low_contrast"
    LOW_RESOLUTION = "low_resolution"
    LESION_SMALL = "lesion_small"
    LESION_CUT_OFF = "lesion_cut_off"


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """One problem, with the measured value and the bound it missed in the unit of the check."""

    problem: QualityProblem
    measured: float
    bound: float
