"""Figures that a strict policy lets be seen when they are opened by themselves."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from skinapp.evaluation.figures import save_figure
from skinapp.evaluation.svg import UnknownStyle, standing_alone, without_styles

ROOT = Path(__file__).resolve().parent.parent.parent
SHEET = '<style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style>'


def test_styles_become_attributes():
    line = '<svg viewBox="0 0 1 1"><path d="M 0 0" style="fill: none; stroke: #0072b2"/></svg>'
    assert without_styles(line) == (
        '<svg viewBox="0 0 1 1"><path d="M 0 0" fill="none" stroke="#0072b2"/></svg>'
    )


def test_what_holds_for_all_elements_stands_at_the_outermost():
    assert without_styles(f'<svg width="1">\n <defs>\n  {SHEET}\n </defs>\n</svg>') == (
        '<svg stroke-linejoin="round" stroke-linecap="butt" width="1">\n</svg>'
    )


def test_another_style_sheet_is_refused():
    with pytest.raises(UnknownStyle, match="not matplotlib's"):
        without_styles("<svg><style>path { fill: red }</style></svg>")


def test_a_drawing_fills_its_window():
    drawing = '<svg width="403.2pt" height="331.2pt" viewBox="0 0 403.2 331.2"><g/></svg>'
    assert standing_alone(drawing) == '<svg viewBox="0 0 403.2 331.2"><g/></svg>'


def test_a_drawing_whose_shape_is_not_told_otherwise_keeps_its_size():
    drawing = '<svg width="403.2pt" height="331.2pt"><g/></svg>'
    assert standing_alone(drawing) == drawing


def test_a_saved_figure_has_no_styles_and_keeps_its_colours(tmp_path: Path):
    figure = Figure()
    figure.add_subplot().plot([1, 2, 3], color="#d55e00", linestyle="--")
    save_figure(figure, tmp_path / "line.svg")
    drawing = (tmp_path / "line.svg").read_text(encoding="utf-8")
    assert re.search("style", drawing) is None
    strokes = {element.get("stroke") for element in ElementTree.fromstring(drawing).iter()}
    assert "#d55e00" in strokes


def test_every_shipped_figure_can_be_opened_by_itself():
    figures = [*ROOT.glob("weights/*/figures/**/*.svg"), *ROOT.glob("docs/figures/*.svg")]
    assert len(figures) > 20
    drawings = {path.name: path.read_text(encoding="utf-8") for path in figures}
    assert [name for name, drawing in drawings.items() if standing_alone(drawing) != drawing] == []
