"""What the views need, kept once on the application."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from skinapp.intake.admission import Admission
from skinapp.model.card import Card
from skinapp.model.evidence import Evidence
from skinapp.screening import Screening
from skinapp.settings import Settings
from skinapp.web.figures import FigureShelf

_KEY = "skinapp.web"


@dataclass(frozen=True, slots=True)
class WebContext:
    """Settings, the story, the model's card, figures and evidence, and the door's counter."""

    settings: Settings
    screening: Screening
    card: Card
    figures: FigureShelf
    admission: Admission
    evidence: Evidence


def keep_context(app: Flask, context: WebContext) -> None:
    """Hand the views what they need."""
    app.extensions[_KEY] = context


def web_context() -> WebContext:
    """Return the context of the application that answers this request."""
    context = current_app.extensions[_KEY]
    if not isinstance(context, WebContext):
        raise TypeError(f"{_KEY} holds a {type(context).__name__}")
    return context
