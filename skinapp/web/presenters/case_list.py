"""The cases of a browser session, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skinapp.domain.assessment import Assessment
from skinapp.domain.case import CaseEntry
from skinapp.web.presenters.advice import advice_words
from skinapp.web.presenters.made_case import MadeCase
from skinapp.web.presenters.triage import triage_words
from skinapp.web.presenters.upload import days
from skinapp.web.presenters.verdict import verdict_words, withheld_words
from skinapp.web.presenters.views import ResultView

_UNREADABLE = "This result can’t be read any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine(MadeCase):
    """One case; ``tone`` and ``advice`` are empty where there is none."""

    heading: str
    advice: str
    tone: str


@dataclass(frozen=True, slots=True)
class CasesPage:
    """The list, and how long cases stay in it; ``more`` says that older ones are left out."""

    lines: tuple[CaseLine, ...]
    more: str
    retention: str


def present_cases(
    entries: Sequence[CaseEntry], at_most: int, retention_days: float, view: ResultView
) -> CasesPage:
    """Put the newest cases into words, the newest first.

    There may be one entry more than ``at_most``, which shows that there are others.
    """
    return CasesPage(
        lines=tuple(_line(entry, view) for entry in entries[:at_most]),
        more=f"Only the {at_most} newest are listed." if len(entries) > at_most else "",
        retention=days(retention_days),
    )


def _line(entry: CaseEntry, view: ResultView) -> CaseLine:
    assessment = entry.case.assessment if entry.case else None
    heading, advice, tone = _told(assessment, view) if assessment else (_UNREADABLE, "", "")
    return CaseLine(
        case_id=entry.id, created_at=entry.created_at, heading=heading, advice=advice, tone=tone
    )


def _told(assessment: Assessment, view: ResultView) -> tuple[str, str, str]:
    """The heading, the advice and its tone."""
    withheld = withheld_words(assessment)
    if withheld is not None:
        return withheld.heading, "", ""
    advice = advice_words(assessment)
    malignant = f"malignant probability {advice.probability}"
    if view is ResultView.TRIAGE:
        return triage_words(assessment).heading, malignant.capitalize(), advice.tone
    return verdict_words(assessment).heading, f"{advice.heading}, {malignant}", advice.tone
