"""The table of contents of the web side.  Never imports torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from skinapp.intake.admission import Admission
from skinapp.model.card import Card
from skinapp.model.evidence import read_evidence
from skinapp.ops.capacity import photos_at_once
from skinapp.ops.health import register_health
from skinapp.ops.logging import register_request_log
from skinapp.screening import Screening
from skinapp.settings import Settings
from skinapp.web.admission import register_admission, register_bodies
from skinapp.web.cases import cases
from skinapp.web.context import WebContext, keep_context
from skinapp.web.cross_site import register_cross_site_guard
from skinapp.web.data_page import data
from skinapp.web.errors import register_error_pages
from skinapp.web.figures import find_figures
from skinapp.web.headers import register_headers
from skinapp.web.model_page import model
from skinapp.web.site import Site, configure
from skinapp.web.static_files import register_static_files

_ROOT = Path(__file__).resolve().parent.parent


def create_app(
    settings: Settings,
    screening: Screening,
    card: Card,
    figures_dir: Path | None,
    secret_key: str | bytes,
    *,
    store_check: Callable[[], None] | None = None,
) -> Flask:
    """Build the web application around a screening and the card of its model.

    ``figures_dir`` holds the evaluation's figures as ``<part>/<name>.svg``; None shows none.
    Evidence is read there and beside it.
    ``store_check`` raises where no case can be kept; None asks the store itself.
    """
    app = Site(__name__, template_folder=_ROOT / "templates", static_folder=_ROOT / "static")
    configure(app, settings, secret_key)
    at_once = photos_at_once(settings.threads, on_gpu=settings.on_gpu)
    admission = Admission(at_once, settings.max_waiting)
    figures, evidence = find_figures(figures_dir), read_evidence(figures_dir)
    keep_context(app, WebContext(settings, screening, card, figures, admission, evidence))

    # First in, so that the id exists before anything can be refused.
    register_request_log(app)
    register_headers(app, behind_tls=settings.behind_tls)
    register_static_files(app)
    register_bodies(app)
    register_cross_site_guard(app)
    register_admission(app)
    CSRFProtect(app)
    register_error_pages(app)

    check, engine = store_check or screening.store.check, screening.classifier.engine
    register_health(app, check, card.name, card.version, engine)
    app.register_blueprint(cases)
    app.register_blueprint(model)
    app.register_blueprint(data)
    return app
