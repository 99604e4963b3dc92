"""The result page's words, bars and tones."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.assessment import Assessment
from skinapp.domain.case import Case
from skinapp.domain.lesions import ACTINIC_KERATOSIS, LesionType
from skinapp.domain.prediction import LeafProbability, Prediction
from skinapp.model.card import Card
from skinapp.web.presenters.advice import AdviceWords, advice_words
from skinapp.web.presenters.coverage import coverage_note
from skinapp.web.presenters.made_case import MadeCase
from skinapp.web.presenters.maps import (
    LegendWords,
    MapWords,
    maps_text,
    present_legend,
    present_maps,
)
from skinapp.web.presenters.percent import bar_width, percent
from skinapp.web.presenters.quality import FindingWords, findings_summary, findings_words
from skinapp.web.presenters.triage import TriageWords, triage_words
from skinapp.web.presenters.upload import days
from skinapp.web.presenters.verdict import Verdict, WithheldWords, verdict_words, withheld_words
from skinapp.web.presenters.views import ResultView, ViewChoice, view_choices
from skinapp.web.presenters.worth import threshold_worth

_BARS_NOTE = (
    "Calibrated probabilities over the types that the model knows. A lesion of any other type is "
    "forced into one of them."
)
# Where a number is a sum over malignant diagnoses, this one is not what a reader expects in it.
_WITH_KERATOSIS = "akiec"
_KERATOSIS_NOTE = "Actinic keratosis counts as malignant, because it needs treatment."
_UNKNOWN_NOTE = (
    "Shares over the types that the model knows, whatever the photo shows. They are calibrated for "
    "dermoscopic photos only."
)


@dataclass(frozen=True, slots=True)
class BarPart:
    """One of the finer diagnoses that a class's probability is the sum of."""

    code: str
    name: str
    percent: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One class: its probability as text and as the length of a bar, with its parts if any."""

    code: str
    name: str
    description: str
    percent: str
    width: str
    malignant: bool
    named: bool
    parts: tuple[BarPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage(MadeCase):
    """What the result page says.  ``bars`` go from the most to the least probable class.

    Where the answer is ``withheld``, the page tells why (``strangeness``), and nothing of the
    prediction.  ``view`` is the one shown, ``show`` what the address asked for beside it;
    ``served`` says whether the model that answered is the one that the model page is about.
    """

    view: ResultView
    show: str | None
    verdict: Verdict
    coverage: str
    unsure: bool
    strangeness: WithheldWords | None
    withheld: bool
    bars: tuple[Bar, ...]
    bars_note: str
    counted_note: str
    advice: AdviceWords
    triage: TriageWords
    findings: tuple[FindingWords, ...]
    maps: tuple[MapWords, ...]
    maps_text: str
    legend: LegendWords
    photo_width_px: int
    photo_height_px: int
    source_size: str
    model_name: str
    model_version: str
    retention: str
    limits: tuple[str, ...]
    served: bool

    @property
    def named(self) -> tuple[Bar, ...]:
        """The types that the verdict names."""
        return tuple(bar for bar in self.bars if bar.named)

    @property
    def findings_summary(self) -> str:
        """How much is wrong with the photo, in words."""
        return findings_summary(len(self.findings), withheld=self.withheld)

    @property
    def findings_heading(self) -> str:
        """What stands above them."""
        return "What may be wrong with the photo" if self.withheld else "Quality of the photo"

    @property
    def unnamed(self) -> tuple[str, ...]:
        """What to know of the types that are not named."""
        return tuple(filter(None, (self.verdict.left_out, self.verdict.wider)))

    @property
    def views(self) -> tuple[ViewChoice, ...]:
        """The views to switch between."""
        return view_choices(self.view)


def present_result(
    case: Case,
    retention_days: float,
    *,
    prevalence: float | None = None,
    show_numbers: bool = False,
    view: ResultView = ResultView.TYPES,
    card: Card | None = None,
) -> ResultPage:
    """Put a case into words.

    ``prevalence`` is the clinic's share of malignant lesions (0 to 1), ``card`` the answering
    model's, both where known; ``show_numbers`` answers for a photo that it doesn't recognise, too.
    """
    assessment, prediction = case.assessment, case.assessment.prediction
    strangeness = withheld_words(assessment)
    worth = threshold_worth(assessment.operating_point, card)
    return ResultPage(
        case_id=case.id,
        view=view,
        show="numbers" if strangeness and show_numbers else None,
        verdict=verdict_words(assessment),
        coverage=_coverage(assessment, card),
        unsure=assessment.unsure,
        strangeness=strangeness,
        withheld=assessment.refused and not show_numbers,
        bars=_bars(assessment),
        bars_note=_UNKNOWN_NOTE if strangeness else _BARS_NOTE,
        counted_note=_KERATOSIS_NOTE if _counts_keratosis(prediction) else "",
        advice=advice_words(assessment, prevalence, worth),
        triage=triage_words(assessment, prevalence, worth),
        findings=findings_words(assessment.findings, recognised=not assessment.refused),
        maps=present_maps(case),
        maps_text=maps_text(case),
        legend=present_legend(case),
        photo_width_px=case.photo_width_px,
        photo_height_px=case.photo_height_px,
        source_size=f"{case.source_width_px} × {case.source_height_px} pixels",
        created_at=case.created_at,
        model_name=prediction.model_name,
        model_version=prediction.model_version,
        retention=days(retention_days),
        limits=card.limits if card else (),
        served=card is not None,
    )


def _coverage(assessment: Assessment, card: Card | None) -> str:
    if card is None or not assessment.sets or assessment.refused:
        return ""
    named, prediction = assessment.sets[0], assessment.prediction
    # A case may be older than the bounds that were measured, and its network the same.
    if prediction.labels != card.lesions or all(
        rule.apply(prediction) != named for rule in card.rules.sets
    ):
        return ""
    return coverage_note(card, named.level, named.lesions)


def _counts_keratosis(prediction: Prediction) -> bool:
    leaves = (part.leaf.code for part in prediction.leaves)
    codes = (*leaves, *(lesion.code for lesion, _ in prediction.ranked))
    return ACTINIC_KERATOSIS in codes or _WITH_KERATOSIS in codes


def _bars(assessment: Assessment) -> tuple[Bar, ...]:
    named = {lesion.code for lesion in assessment.candidates}
    return tuple(
        _bar(
            lesion,
            probability,
            assessment.prediction.leaves_of(lesion),
            named=lesion.code in named,
        )
        for lesion, probability in assessment.prediction.ranked
    )


def _bar(
    lesion: LesionType, probability: float, leaves: tuple[LeafProbability, ...], *, named: bool
) -> Bar:
    return Bar(
        code=lesion.code,
        name=lesion.name,
        description=lesion.description,
        percent=percent(probability),
        width=bar_width(probability),
        malignant=lesion.malignant,
        named=named,
        parts=tuple(
            BarPart(part.leaf.code, part.leaf.name, percent(part.probability)) for part in leaves
        ),
    )
