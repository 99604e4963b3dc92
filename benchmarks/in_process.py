"""skinapp in this process, without a server: for looking at single stages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.environment import given_settings
from benchmarks.load import TOKEN
from benchmarks.one_thread import OneThread
from skinapp.app import create_app
from skinapp.model.card import Card, read_card
from skinapp.model.classifier import NetworkClassifier
from skinapp.model.engine import Engine
from skinapp.model.engines import EngineName, EnginePlan, choose_engine
from skinapp.model.novelty import load_scorer
from skinapp.model.weights_file import check_weights
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from skinapp.screening import Screening
from skinapp.settings import Settings
from skinapp.web.site import compile_templates

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Parts:
    """What a server holds, each part in reach."""

    card: Card
    engine: Engine
    classifier: NetworkClassifier
    store: SqlCaseStore
    screening: Screening
    settings: Settings
    app: Flask


@contextmanager
def assembled(data: Path, model: str, engine_name: EngineName = "auto") -> Iterator[Parts]:
    """Join everything as a server does, with one computing thread; cases go into ``data``.

    Raises :class:`~skinapp.domain.errors.ModelRefused` where the model can't be served.
    """
    settings = given_settings(data_dir=data, model=model, engine=engine_name, uploads_per_hour=0)
    folder = settings.weights_dir / model
    card = read_card(folder)
    check_weights(card, folder)
    plan = EnginePlan(engine_name, data / "engines", OneThread(), threads=1)
    engine = choose_engine(card, folder, plan)
    classifier = NetworkClassifier(card, engine, load_scorer(card, folder))
    classifier.warm()
    upgrade(settings.effective_database_url)
    store = SqlCaseStore(settings.effective_database_url)
    screening = Screening(
        classifier, store, settings.limits, timedelta(days=settings.retention_days)
    )
    app = create_app(settings, screening, card, None, "only for measuring")
    compile_templates(app)
    try:
        yield Parts(card, engine, classifier, store, screening, settings, app)
    finally:
        store.close()


def csrf_token(client: FlaskClient) -> str:
    """The token of a client's session, read from the form as a browser does."""
    found = TOKEN.search(client.get("/").get_data(as_text=True))
    if found is None:
        raise RuntimeError("the upload page has no CSRF token")
    return found[1]
