"""Which activation maps the result shows, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.assessment import Assessment
from skinapp.domain.case import Case
from skinapp.domain.lesions import LesionType
from skinapp.domain.prediction import Prediction
from skinapp.explain.overlay import ramp
from skinapp.web.presenters.percent import percent


@dataclass(frozen=True, slots=True)
class MapWords:
    """One map: its address's endpoint, the type that is shown with it, and what it shows."""

    endpoint: str
    of: str
    code: str
    percent: str
    caption: str
    alt: str


_LEGEND_STEPS = 9
# The same on every page.
_LEGEND_STOPS = tuple(
    (f"{100 * step / (_LEGEND_STEPS - 1):g}%", colour, f"{opacity:.2f}")
    for step, (colour, opacity) in enumerate(ramp(_LEGEND_STEPS))
)


@dataclass(frozen=True, slots=True)
class LegendWords:
    """What the weakest and the strongest colour mean; a stop has offset, colour and opacity."""

    weak: str
    strong: str
    stops: tuple[tuple[str, str, str], ...]


def present_legend(case: Case) -> LegendWords:
    """Put the colours of the case's maps into words."""
    if case.assessment.prediction.runner_up_map is None:
        return LegendWords("looked little", "looked most", _LEGEND_STOPS)
    return LegendWords("little evidence", "most evidence", _LEGEND_STOPS)


def present_maps(case: Case) -> tuple[MapWords, ...]:
    """Return the map of the most probable type, and that of the second where it belongs beside."""
    prediction, rival = case.assessment.prediction, case.assessment.rival
    first = _map("cases.overlay", prediction, prediction.top)
    return (first,) if rival is None else (first, _map("cases.rival_overlay", prediction, rival))


def maps_text(case: Case) -> str:
    """Say how to read the maps."""
    if case.assessment.prediction.runner_up_map is None:
        how = (
            "The brighter the colour, the more the model looked there. The map shows where it "
            "looked, not why."
        )
    elif case.assessment.rival is None:
        how = (
            "The brighter the colour, the more that area spoke for "
            f"“{case.assessment.prediction.top.name}”. The map shows where the evidence lay, "
            "not why."
        )
    else:
        how = (
            f"{_why_two(case.assessment)}, so each has its map: the brighter the colour, the more "
            "that area spoke for that type. Each is scaled to its own strongest spot, so "
            "brightness does not tell which type is likelier. The maps show where the evidence "
            "lay, not why."
        )
    return " ".join(filter(None, (how, _frame(case))))


def _why_two(assessment: Assessment) -> str:
    # Those that the page names may be far apart: what is possible is judged by type.
    if assessment.rival not in assessment.candidates:
        return "The first two types are close"
    if assessment.refused:
        return "The first two types have high numbers"
    if assessment.sets:
        return "The first two types both remain possible"
    return "The first two types are both candidates"


def _map(endpoint: str, prediction: Prediction, lesion: LesionType) -> MapWords:
    probability = prediction.probabilities[prediction.labels.index(lesion)]
    shown, caption = "where the model looked", "Where the model looked"
    # One map for all types says nothing of any one of them.
    if prediction.runner_up_map is not None:
        shown = f"where the model found evidence for {lesion.name}"
        caption = f"Where the evidence for “{lesion.name}” lay"
    alt = f"Map of {shown}, laid over the photo"
    return MapWords(endpoint, lesion.name, lesion.code, percent(probability), caption, alt)


def _frame(case: Case) -> str:
    """Say what the thin line on the map is; a square photo has none."""
    if case.photo_width_px == case.photo_height_px:
        return ""
    return "The model saw only what is inside the thin frame."
