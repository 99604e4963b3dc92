"""What the model is, and what was measured of it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from skinapp.web.context import web_context
from skinapp.web.kept_files import answer_with
from skinapp.web.presenters.evidence import present_self_report, present_subgroups
from skinapp.web.presenters.model import present_model

model = Blueprint("model", __name__)


@model.get("/model")
def show() -> str:
    """Show the model's card."""
    context = web_context()
    page = present_model(context.card, context.figures, context.screening.classifier.engine)
    return render_template(
        "pages/model.html",
        page=page,
        subgroups=present_subgroups(context.evidence),
        self_report=present_self_report(context.evidence.self_report),
    )


@model.get("/model/figures/<part>/<name>.svg")
def figure(part: str, name: str) -> Response:
    """Send one of the evaluation's figures."""
    found = web_context().figures.get(part, name)
    if found is None:
        abort(404)
    return answer_with(found.file, "private")
