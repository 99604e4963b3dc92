"""Figures as SVG: confusion matrix, ROC, reliability, deletion test, training curves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skinapp.evaluation.metrics import Flags, Floats, Scores, calibration_bins
from skinapp.evaluation.svg import standing_alone
from skinapp.model.card import Card, Metrics

if TYPE_CHECKING:  # it needs PyTorch, which takes seconds to load, and most figures don't
    from skinapp.evaluation.deletion import DeletionCurve

mpl.use("svg")
# Text stays text (sharp, selectable, small), and equal input gives equal files.
mpl.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "skinapp",
        "font.family": "sans-serif",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.25,
        "lines.linewidth": 1.8,
    }
)
# Okabe and Ito's palette, told apart with any colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("-", "--", "-.", ":", "-", "--", "-.")
_PANELS_ACROSS = 4
_HANDFUL = 5


def _title(metrics: Metrics) -> str:
    return f"{metrics.data}, {metrics.part}: n = {metrics.images}"


def _blank(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.6, 4.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=across, ylabel=up)
    return figure, axes


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure that can be opened by itself, too; equal figures give equal files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing = io.StringIO()
    figure.savefig(drawing, format="svg", metadata={"Date": None})
    path.write_text(standing_alone(drawing.getvalue()), encoding="utf-8")


def draw_confusion(metrics: Metrics, path: Path) -> None:
    """Row-normalised confusion matrix with counts."""
    counts = np.array(metrics.confusion, dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = _blank(_title(metrics), "predicted", "true")
    axes.grid(visible=False)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(metrics.codes))
    axes.set_xticks(ticks, metrics.codes)
    axes.set_yticks(ticks, metrics.codes)
    for row in ticks:
        for column in ticks:
            dark = shares[row, column] > 0.5  # noqa: PLR2004 - half of the colour scale
            axes.text(
                column,
                row,
                f"{counts[row, column]:.0f}",
                ha="center",
                va="center",
                color="white" if dark else "black",
                fontsize=9,
            )
    save_figure(figure, path)


def roc_points(positive: Flags, score: Floats) -> tuple[Floats, Floats]:
    """False and true positive rates from (0, 0) to (1, 1)."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits = np.cumsum(positive[order])[ends]
    alarms = ends + 1 - hits
    return (
        np.concatenate([[0.0], alarms / max(1, int((~positive).sum()))]),
        np.concatenate([[0.0], hits / max(1, int(positive.sum()))]),
    )


def draw_roc(scores: Scores, card: Card, metrics: Metrics, path: Path) -> None:
    """One curve a class, malignant against benign, and the operating point."""
    figure, axes = _blank(
        _title(metrics),
        "1 - specificity",
        "sensitivity",
    )
    for index, label in enumerate(card.labels):
        if label.code in metrics.per_class and "auroc" in metrics.per_class[label.code]:
            across, up = roc_points(scores.targets == index, scores.probabilities[:, index])
            area = metrics.per_class[label.code]["auroc"].value
            colour, dash = COLOURS[index % 7], _DASHES[index % 7]
            axes.plot(
                across,
                up,
                label=f"{label.code} {area:.3f}",
                color=colour,
                linestyle=dash,
                alpha=0.75,
            )
    if "malignant_auroc" in metrics.overall:
        across, up = roc_points(scores.is_malignant, scores.malignant_probability)
        area = metrics.overall["malignant_auroc"].value
        axes.plot(across, up, color="black", linewidth=2.6, label=f"malignant {area:.3f}")
        axes.plot(
            1 - metrics.overall["malignant_specificity"].value,
            metrics.overall["malignant_sensitivity"].value,
            "o",
            color="black",
            label="operating point",
        )
    axes.legend(fontsize=8, loc="lower right", title="AUROC")
    save_figure(figure, path)


def draw_reliability(scores: Scores, metrics: Metrics, path: Path) -> None:
    """How often the model is right at each confidence."""
    figure, axes = _blank(_title(metrics), "confidence", "share right")
    right = scores.most_probable == scores.targets
    _draw_bins(axes, scores.probabilities.max(axis=1), right, COLOURS[0])
    error = metrics.overall["expected_calibration_error"]
    axes.text(0.03, 0.93, f"ECE {error.value:.3f} [{error.low:.3f}, {error.high:.3f}]")
    save_figure(figure, path)


def draw_class_reliability(scores: Scores, card: Card, metrics: Metrics, path: Path) -> None:
    """How often each class is the true one at each of its probabilities, a panel a class."""
    shown = [
        (index, label.code)
        for index, label in enumerate(card.labels)
        if "calibration_error" in metrics.per_class.get(label.code, {})
    ]
    rows = -(-len(shown) // _PANELS_ACROSS)
    figure = Figure(figsize=(8.4, 0.6 + 2.3 * rows), layout="constrained")
    figure.suptitle(_title(metrics))
    panels = figure.subplots(rows, _PANELS_ACROSS, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, (index, code) in zip(panels, shown, strict=False):
        of_class, colour = scores.targets == index, COLOURS[index % 7]
        _draw_bins(axes, scores.probabilities[:, index], of_class, colour, small=True)
        error = metrics.per_class[code]["calibration_error"]
        axes.set_title(f"{code}: {error.value:.3f} [{error.low:.3f}, {error.high:.3f}]", fontsize=9)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    figure.supxlabel("probability of the type")
    figure.supylabel("share that is of it")
    save_figure(figure, path)


def _draw_bins(
    axes: Axes, said: Floats, happened: Flags, colour: str, *, small: bool = False
) -> None:
    """A point for each bin of what was said, with its number of images.

    Where there is no room for numbers, bins of a handful are left out instead.
    """
    bins = calibration_bins(said)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for index in np.unique(bins):
        inside = bins == index
        mean, share, count = said[inside].mean(), happened[inside].mean(), int(inside.sum())
        if small and count < _HANDFUL:
            continue
        spread = 1.96 * np.sqrt(share * (1 - share) / count)
        size = 4 if small else 6
        axes.errorbar(mean, share, yerr=spread, fmt="o", color=colour, capsize=2, markersize=size)
        if not small:
            axes.annotate(
                str(count), (mean, share), xytext=(5, -10), textcoords="offset points", fontsize=7
            )
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02))


_ORDER_LINES = {
    "map": ("most highlighted first", "o-", COLOURS[1]),
    "centre": ("middle first", "^:", COLOURS[2]),
    "random": ("at random", "s--", COLOURS[0]),
}


def draw_deletion(curve: DeletionCurve, path: Path) -> None:
    """The curves of the deletion and insertion tests, side by side."""
    figure = Figure(figsize=(8.4, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    images = len(curve.deleted["map"])
    left.set(title=f"Deletion, n = {images}", xlabel="share of the area blurred")
    left.set(ylabel="probability of the class", ylim=(0, 1))
    right.set(title=f"Insertion, n = {images}", xlabel="share of the area given back")
    for axes, curves in ((left, curve.deleted), (right, curve.inserted)):
        for name, (label, style, colour) in _ORDER_LINES.items():
            axes.plot(curve.shares, curves[name].mean(axis=0), style, color=colour, label=label)
    right.legend(loc="lower right")
    save_figure(figure, path)


def draw_training(rows: Sequence[dict[str, float]], path: Path) -> None:
    """Loss and balanced accuracy against images seen, from the history's rows."""
    seen = [row["images_seen"] for row in rows]
    figure = Figure(figsize=(8.4, 3.8), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    loss.set(title="Loss", xlabel="images seen", ylabel="cross-entropy (nats)")
    loss.plot(
        seen, [row["training_loss"] for row in rows], "o-", color=COLOURS[0], label="training"
    )
    loss.plot(
        seen, [row["validation_loss"] for row in rows], "s--", color=COLOURS[1], label="validation"
    )
    loss.legend()
    accuracy.set(title="Validation", xlabel="images seen", ylim=(0, 1))
    for name, dash, colour in (
        ("validation_balanced_accuracy", "o-", COLOURS[2]),
        ("validation_accuracy", "s--", COLOURS[3]),
    ):
        words = name.removeprefix("validation_").replace("_", " ")
        accuracy.plot(seen, [row[name] for row in rows], dash, color=colour, label=words)
    accuracy.legend(loc="lower right")
    save_figure(figure, path)
