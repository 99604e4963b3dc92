"""What the model was trained on, in numbers."""

from __future__ import annotations

from flask import Blueprint, render_template

from skinapp.web.context import web_context
from skinapp.web.presenters.data import present_data

data = Blueprint("data", __name__)


@data.get("/data")
def show() -> str:
    """Show the training data's figures, or say that there are none."""
    context = web_context()
    page = present_data(context.card, context.evidence.data)
    return render_template("pages/data.html", page=page)
