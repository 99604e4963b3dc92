"""Findings of ``growth.py`` as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skinapp.evaluation.figures import COLOURS, save_figure

Row = dict[str, Any]
_MARKS = ("o", "s", "^", "D", "v", "P")
# What a request asks of the database; the rest of a row tells of the filling.
_CASE_LINES = {
    "open": "open a case",
    "pictures": "load its pictures",
    "quota": "count an owner's last hour",
    "insert": "keep a case",
    "delete": "delete a case",
}


def draw_load(rows: Sequence[Row], key: str, label: str, path: Path) -> None:
    """Requests a second, waiting and memory, over what grew (``key`` of a row)."""
    across = [float(row[key]) for row in rows]
    figure = Figure(figsize=(9.6, 3.2), layout="constrained")
    speed, wait, memory = figure.subplots(1, 3)
    _lines(speed, across, rows, {"requests_per_s": "answered"})
    _lines(wait, across, rows, {"p50_ms": "half are faster", "p95_ms": "95 of 100 are faster"})
    _lines(
        memory,
        across,
        rows,
        {"workers_resident_mb": "all workers", "largest_worker_peak_mb": "largest worker's peak"},
    )
    for axes, title in ((speed, "requests a second"), (wait, "ms"), (memory, "MB")):
        axes.set(xlabel=label, ylabel=title, xscale="log", ylim=(0, None))
        axes.set_xticks(across, [f"{value:g}" for value in across])
        axes.minorticks_off()
    wait.legend(fontsize="small")
    memory.legend(fontsize="small")
    save_figure(figure, path)


def draw_cases(rows: Sequence[Row], path: Path) -> None:
    """Median ms of what a request asks of the database, over the number of cases."""
    across = [float(row["cases"]) for row in rows]
    figure = Figure(figsize=(5.6, 4.0), layout="constrained")
    axes = figure.add_subplot()
    _lines(axes, across, rows, {f"{name}_p50_ms": words for name, words in _CASE_LINES.items()})
    axes.set(xlabel="cases that are kept", ylabel="median ms", xscale="log", ylim=(0, None))
    axes.legend(fontsize="small")
    save_figure(figure, path)


def _lines(axes: Axes, across: list[float], rows: Sequence[Row], named: dict[str, str]) -> None:
    """One line for each name of a value; told apart by colour and by mark."""
    for (name, words), colour, mark in zip(named.items(), COLOURS, _MARKS, strict=False):
        values = [float(row[name]) for row in rows]
        axes.plot(across, values, color=colour, marker=mark, label=words)


DRAW: dict[str, Callable[[Sequence[Row], Path], None]] = {
    "cores": lambda rows, path: draw_load(rows, "cores", "cores", path),
    "sizes": lambda rows, path: draw_load(rows, "megapixels", "megapixels of the photo", path),
    "clients": lambda rows, path: draw_load(rows, "clients", "clients at once", path),
    "cases": draw_cases,
}
