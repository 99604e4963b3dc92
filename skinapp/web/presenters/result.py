"""The result page's words, bars and tones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from skinapp.domain.assessment import Assessment
from skinapp.domain.case import Case
from skinapp.domain.lesions import LesionType
from skinapp.web.presenters.advice import AdviceWords, advice_words
from skinapp.web.presenters.percent import bar_width, percent
from skinapp.web.presenters.quality import FindingWords, finding_words, findings_summary
from skinapp.web.presenters.upload import days
from skinapp.web.presenters.verdict import Verdict, WithheldWords, verdict_words, withheld_words


@dataclass(frozen=True, slots=True)
class Bar:
    """One class: its probability as text and as the length of a bar."""

    code: str
    name: str
    description: str
    percent: str
    width: str
    malignant: bool
    named: bool


@dataclass(frozen=True, slots=True)
class ResultPage:
    """What the result page says.  ``bars`` go from the most to the least probable class.

    Where the answer is ``withheld``, the page tells why (``strangeness``), and nothing of the
    prediction.
    """

    case_id: str
    verdict: Verdict
    unsure: bool
    strangeness: WithheldWords | None
    withheld: bool
    named: tuple[Bar, ...]
    bars: tuple[Bar, ...]
    advice: AdviceWords
    findings: tuple[FindingWords, ...]
    findings_summary: str
    map_of: str
    map_frame: str
    photo_width_px: int
    photo_height_px: int
    source_size: str
    created_iso: str
    created: str
    model_name: str
    model_version: str
    retention: str


def present_result(
    case: Case,
    retention_days: float,
    *,
    prevalence: float | None = None,
    show_numbers: bool = False,
) -> ResultPage:
    """Put a case into words.

    ``prevalence`` is the share of malignant lesions in the clinic (0 to 1), where it is known.  A
    photo that the model doesn't recognise gets no answer unless ``show_numbers`` asks for it.
    """
    assessment = case.assessment
    prediction = assessment.prediction
    bars = _bars(assessment)
    return ResultPage(
        case_id=case.id,
        verdict=verdict_words(assessment),
        unsure=assessment.unsure,
        strangeness=withheld_words(assessment),
        withheld=assessment.refused and not show_numbers,
        named=tuple(bar for bar in bars if bar.named),
        bars=bars,
        advice=advice_words(assessment, prevalence),
        findings=tuple(finding_words(finding) for finding in assessment.findings),
        findings_summary=findings_summary(len(assessment.findings)),
        map_of=prediction.top.name,
        map_frame=_map_frame(case),
        photo_width_px=case.photo_width_px,
        photo_height_px=case.photo_height_px,
        source_size=f"{case.source_width_px} × {case.source_height_px} pixels",
        created_iso=case.created_at.isoformat(),
        created=utc_words(case.created_at),
        model_name=prediction.model_name,
        model_version=prediction.model_version,
        retention=days(retention_days),
    )


def _bars(assessment: Assessment) -> tuple[Bar, ...]:
    named = {lesion.code for lesion in assessment.candidates}
    return tuple(
        _bar(lesion, probability, named=lesion.code in named)
        for lesion, probability in assessment.prediction.ranked
    )


def _bar(lesion: LesionType, probability: float, *, named: bool) -> Bar:
    return Bar(
        code=lesion.code,
        name=lesion.name,
        description=lesion.description,
        percent=percent(probability),
        width=bar_width(probability),
        malignant=lesion.malignant,
        named=named,
    )


def _map_frame(case: Case) -> str:
    """Say what the thin line on the map is; a square photo has none."""
    if case.photo_width_px == case.photo_height_px:
        return ""
    return "The thin frame marks the square that the model was shown."


def utc_words(moment: datetime) -> str:
    """Return an aware UTC time, as in "4 May 2026, 12:00 UTC"."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
