"""The figures by who the patient is, where the lesion sits, and how it was confirmed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from skinapp.evaluation.ages import age_years
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.metrics import (
    Scores,
    calibration_error,
    malignant_behind,
    overall_metrics,
    triage_metrics,
    with_intervals,
)
from skinapp.evaluation.report import SEED
from skinapp.evaluation.tables import read_table
from skinapp.model.card import Estimate

_REPLICATES = 500
# A group below this says nothing; it is named with its number and no figures.
LEAST_IMAGES = 30
# Likewise the malignant images behind these figures: one of five says nothing either.
LEAST_MALIGNANT = 10
_OF_MALIGNANT = frozenset({"malignant_auroc", "malignant_sensitivity"})
UNKNOWN = "not known"

_AGE_STEPS = (30, 45, 60, 75)


class Subgroup(BaseModel):
    """One group: how many images and malignant ones, and its figures with intervals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attribute: str
    group: str
    images: int
    malignant: int
    figures: dict[str, Estimate]


def age_group(age: str) -> str:
    """``"55.0"`` is in "45 to 59"; what is no age is not known."""
    years = age_years(age)
    if years is None:
        return UNKNOWN
    above = [step for step in _AGE_STEPS if step <= years]
    below = [step for step in _AGE_STEPS if step > years]
    if not above:
        return f"below {below[0]}"
    return f"{above[-1]} to {below[0] - 1}" if below else f"{above[-1]} and above"


def _as_written(value: str) -> str:
    return UNKNOWN if value in ("", "unknown") else value


_CONFIRMATIONS = {
    "histo": "histopathology",
    "follow_up": "follow-up",
    "consensus": "expert consensus",
    "confocal": "confocal microscopy",
}


def _confirmation(value: str) -> str:
    return _CONFIRMATIONS.get(value) or _as_written(value)


# Column of HAM10000's table, what the attribute is called, how a value is grouped.
ATTRIBUTES: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("age", "age", age_group),
    ("sex", "sex", _as_written),
    ("localization", "body site", _as_written),
    ("dx_type", "confirmed by", _confirmation),
)


def read_metadata(table: Path) -> dict[str, dict[str, str]]:
    """Rows of a table by ``image_id``.

    Raises :class:`~skinapp.evaluation.tables.LabelsUnreadable` for a table without that column, as
    the ISIC challenge's is, which says nothing of patients.
    """
    return {row["image_id"]: row for row in read_table(table, "image_id")}


def measure_subgroups(
    scores: Scores,
    images: Sequence[LabelledImage],
    metadata: Mapping[str, Mapping[str, str]],
    threshold: float,
) -> list[Subgroup]:
    """Measure every group of every attribute that the table has, at an operating point."""
    found = []
    for column, attribute, grouped in ATTRIBUTES:
        groups = [grouped(metadata[image.image_id].get(column) or "") for image in images]
        for group in sorted(set(groups)):
            chosen = np.array([each == group for each in groups])
            found.append(_subgroup(attribute, group, _only(scores, chosen), threshold))
    return found


def _only(scores: Scores, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Scores:
    _, lesions = np.unique(scores.groups[chosen], return_inverse=True)
    return Scores(
        targets=scores.targets[chosen],
        probabilities=scores.probabilities[chosen],
        malignant=scores.malignant,
        groups=lesions.astype(np.int64),
        names=None if scores.names is None else scores.names[chosen],
    )


def _subgroup(attribute: str, group: str, scores: Scores, threshold: float) -> Subgroup:
    images, malignant = len(scores.targets), int(scores.is_malignant.sum())
    figures: dict[str, Estimate] = {}
    if images >= LEAST_IMAGES:
        figures = with_intervals(
            lambda weights: _figures(scores, weights, threshold),
            scores.groups,
            malignant_behind(scores),
            replicates=_REPLICATES,
            seed=SEED,
        )
    if malignant < LEAST_MALIGNANT:
        figures = {name: each for name, each in figures.items() if name not in _OF_MALIGNANT}
    return Subgroup(
        attribute=attribute, group=group, images=images, malignant=malignant, figures=figures
    )


def _figures(
    scores: Scores, weights: np.ndarray[tuple[int], np.dtype[np.float64]], threshold: float
) -> dict[str, float]:
    overall = overall_metrics(scores, weights)
    return {
        "accuracy": overall["accuracy"],
        "malignant_auroc": overall["malignant_auroc"],
        **triage_metrics(scores, weights, threshold),
        "expected_calibration_error": calibration_error(scores, weights),
    }
