"""One evaluation as tables."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.model.card import Estimate, Metrics
from skinapp.web.figures import FigureShelf
from skinapp.web.presenters.metric_words import (
    figure_words,
    interval_words,
    metric_words,
    part_words,
    value_words,
)
from skinapp.web.presenters.trust import SetsTable, present_sets

_HEAT_STEPS = 6


@dataclass(frozen=True, slots=True)
class FigureWords:
    """A picture: where it is and how large, what it is called and what it shows."""

    part: str
    name: str
    digest: str
    width: int
    height: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A measured value with its interval and number of images."""

    name: str
    value: str
    interval: str
    images: str


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """One class's values and intervals, in the order of the table's columns."""

    code: str
    name: str
    images: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """A true class; each cell has its count, its shade (0 to 6) and whether it is right."""

    code: str
    name: str
    cells: tuple[tuple[str, int, bool], ...]


@dataclass(frozen=True, slots=True)
class PartPage:
    """What the model page says about one evaluation."""

    slug: str
    heading: str
    text: str
    images: str
    overall: tuple[MetricRow, ...]
    columns: tuple[str, ...]
    per_class: tuple[ClassMetrics, ...]
    codes: tuple[str, ...]
    confusion: tuple[ConfusionRow, ...]
    sets: SetsTable | None
    figures: tuple[FigureWords, ...]


def present_part(
    part: str, metrics: Metrics, names: dict[str, str], figures: tuple[FigureWords, ...]
) -> PartPage:
    """Put one evaluation into tables.  ``names`` maps class codes to names."""
    heading, text = part_words(part)
    columns = tuple(dict.fromkeys(m for values in metrics.per_class.values() for m in values))
    return PartPage(
        slug=f"part-{part}",
        heading=heading,
        text=text,
        images=f"{metrics.images:,} images of {metrics.data}",
        overall=tuple(_metric_row(name, value) for name, value in metrics.overall.items()),
        columns=tuple(metric_words(column) for column in columns),
        per_class=_per_class(metrics, names, columns),
        codes=metrics.codes,
        confusion=_confusion(metrics, names),
        sets=present_sets(metrics, names),
        figures=figures,
    )


def figures_of(figures: FigureShelf, part: str) -> tuple[FigureWords, ...]:
    """Put a part's figures into words."""
    return tuple(
        FigureWords(
            part, name, figure.file.digest, figure.width, figure.height, *figure_words(name)
        )
        for name, figure in figures.of_part(part)
    )


def _metric_row(name: str, estimate: Estimate) -> MetricRow:
    return MetricRow(
        name=metric_words(name),
        value=value_words(name, estimate),
        interval=interval_words(name, estimate),
        images=f"{estimate.n:,}",
    )


def _per_class(
    metrics: Metrics, names: dict[str, str], columns: tuple[str, ...]
) -> tuple[ClassMetrics, ...]:
    counts = {code: sum(row) for code, row in zip(metrics.codes, metrics.confusion, strict=False)}
    return tuple(
        ClassMetrics(
            code=code,
            name=names.get(code, code),
            images=f"{counts[code]:,}" if code in counts else "–",
            cells=tuple(_cell(column, values.get(column)) for column in columns),
        )
        for code, values in metrics.per_class.items()
    )


def _cell(name: str, estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "–", ""
    return value_words(name, estimate), interval_words(name, estimate)


def _confusion(metrics: Metrics, names: dict[str, str]) -> tuple[ConfusionRow, ...]:
    return tuple(
        ConfusionRow(
            code=code,
            name=names.get(code, code),
            cells=tuple(
                (f"{count:,}", _shade(count, sum(row)), row_index == column_index)
                for column_index, count in enumerate(row)
            ),
        )
        for row_index, (code, row) in enumerate(zip(metrics.codes, metrics.confusion, strict=False))
    )


def _shade(count: int, total: int) -> int:
    if count == 0:
        return 0
    return max(1, round(_HEAT_STEPS * count / total))
