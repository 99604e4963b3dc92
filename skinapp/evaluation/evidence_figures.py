"""Figures as SVG of robustness and of subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skinapp.evaluation.figures import COLOURS, save_figure
from skinapp.evaluation.robustness import Robustness, RobustnessCurve
from skinapp.evaluation.subgroups import Subgroup
from skinapp.model.card import Estimate

_ROBUSTNESS_LINES = (
    ("balanced_accuracy", "balanced accuracy", "o-", COLOURS[0]),
    ("malignant_auroc", "AUROC, malignant", "s--", COLOURS[2]),
    ("expected_calibration_error", "calibration error", "^:", COLOURS[1]),
)
_SUBGROUP_COLUMNS = (
    ("malignant_auroc", "AUROC, malignant"),
    ("malignant_sensitivity", "sensitivity"),
    ("malignant_specificity", "specificity"),
)
_COLUMNS = 2


def draw_robustness(found: Robustness, path: Path) -> None:
    """One small plot a disturbance: the figures, with intervals, against its strength."""
    rows = -(-len(found.curves) // _COLUMNS)
    figure = Figure(figsize=(8.4, 2.6 * rows), layout="constrained")
    plots = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes, curve in zip(plots, found.curves, strict=False):
        _draw_curve(axes, curve)
    for axes in plots[len(found.curves) :]:
        axes.set_axis_off()
    plots[0].legend(fontsize=7, loc="center left")
    figure.suptitle(f"Disturbed images, n = {found.images} at every point", fontsize=11)
    save_figure(figure, path)


def _draw_curve(axes: Axes, curve: RobustnessCurve) -> None:
    axes.set(title=curve.name, xlabel=curve.unit, ylim=(0, 1))
    axes.axvline(curve.neutral, color="grey", linestyle=":", linewidth=1)
    for name, label, style, colour in _ROBUSTNESS_LINES:
        points = [point for point in curve.points if name in point.figures]
        values = [point.figures[name] for point in points]
        axes.errorbar(
            [point.strength for point in points],
            [value.value for value in values],
            yerr=_distances(values),
            fmt=style,
            color=colour,
            label=label,
            markersize=4,
            linewidth=1.4,
            capsize=2,
        )


def draw_subgroups(groups: Sequence[Subgroup], path: Path) -> None:
    """A row a group with its numbers; its figures with intervals, side by side."""
    shown = [group for group in groups if group.figures]
    figure = Figure(figsize=(9.6, 0.9 + 0.26 * len(shown)), layout="constrained")
    plots = figure.subplots(1, len(_SUBGROUP_COLUMNS), sharey=True, squeeze=False).ravel()
    for axes, (name, title) in zip(plots, _SUBGROUP_COLUMNS, strict=True):
        axes.set(title=title, xlim=(0, 1.02))
        rows = [row for row, group in enumerate(shown) if name in group.figures]
        values = [shown[row].figures[name] for row in rows]
        axes.errorbar(
            [value.value for value in values],
            rows,
            xerr=_distances(values),
            fmt="o",
            color=COLOURS[0],
            markersize=4,
            linewidth=1.4,
            capsize=2,
        )
    labels = [
        f"{group.attribute}: {group.group} ({group.images}, {group.malignant} malignant)"
        for group in shown
    ]
    plots[0].set_yticks(range(len(shown)), labels, fontsize=7)
    plots[0].invert_yaxis()
    save_figure(figure, path)


def _distances(values: Sequence[Estimate]) -> list[list[float]]:
    """How far the interval reaches below and above; a percentile interval may miss its point."""
    return [
        [max(0.0, each.value - each.low) for each in values],
        [max(0.0, each.high - each.value) for each in values],
    ]
