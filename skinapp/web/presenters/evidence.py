"""How groups of patients fare, and the makers' report on themselves."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.model.evidence import Evidence, SelfReport, SubgroupFacts
from skinapp.web.presenters.metric_words import (
    humanise,
    interval_words,
    metric_words,
    part_words,
    value_words,
)

_MET = {"yes": "met", "partly": "partly met", "no": "missing"}


@dataclass(frozen=True, slots=True)
class SubgroupRow:
    """One group; each cell has a value and its interval, empty where the group is too small."""

    attribute: str
    group: str
    images: str
    malignant: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SubgroupTable:
    """All groups of one part."""

    slug: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[SubgroupRow, ...]


@dataclass(frozen=True, slots=True)
class SelfReportPage:
    """The checklist: parts with rows of item, how far it is met, and text."""

    title: str
    source: str
    summary: str
    parts: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]


# Short, because they stand side by side; the text above the table says what of.
_COLUMNS = {
    "malignant_auroc": "AUROC",
    "malignant_sensitivity": "Sensitivity",
    "malignant_specificity": "Specificity",
    "expected_calibration_error": "Calibration error",
}


def present_subgroups(evidence: Evidence) -> tuple[SubgroupTable, ...]:
    """One table a part, the parts in alphabetical order."""
    return tuple(_table(part, groups) for part, groups in sorted(evidence.subgroups.items()))


def _table(part: str, groups: tuple[SubgroupFacts, ...]) -> SubgroupTable:
    columns = tuple(dict.fromkeys(name for group in groups for name in group.figures))
    return SubgroupTable(
        slug=f"groups-{part}",
        title=f"{part_words(part)[0]}, with 95 % bootstrap intervals",
        columns=tuple(_COLUMNS.get(column) or metric_words(column) for column in columns),
        rows=tuple(_row(group, columns) for group in groups),
    )


def _row(group: SubgroupFacts, columns: tuple[str, ...]) -> SubgroupRow:
    cells = []
    for column in columns:
        estimate = group.figures.get(column)
        cells.append(
            ("–", "")
            if estimate is None
            else (value_words(column, estimate), interval_words(column, estimate))
        )
    return SubgroupRow(
        attribute=humanise(group.attribute),
        group=group.group,
        images=f"{group.images:,}",
        malignant=f"{group.malignant:,}",
        cells=tuple(cells),
    )


def present_self_report(report: SelfReport | None) -> SelfReportPage | None:
    """Put the checklist into rows; None where there is none."""
    if report is None:
        return None
    items = [item for part in report.parts for item in part.items]
    counts = {met: sum(item.met == met for item in items) for met in _MET}
    return SelfReportPage(
        title=report.title,
        source=report.source,
        summary=f"Of {len(items)} items {counts['yes']} are met, {counts['partly']} partly, and "
        f"{counts['no']} are missing.",
        parts=tuple(
            (part.heading, tuple((item.item, _MET[item.met], item.text) for item in part.items))
            for part in report.parts
        ),
    )
