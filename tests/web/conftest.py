from __future__ import annotations

import io
from datetime import timedelta

import pytest

from skinapp.app import create_app
from skinapp.screening import Screening
from skinapp.settings import Settings
from skinapp.synthetic import draw_lesion
from tests.cast import DictStore, FakeClassifier, a_card


def as_jpeg(width_px=600, height_px=450):
    file = io.BytesIO()
    draw_lesion(width_px=width_px, height_px=height_px).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="session")
def lesion_jpeg():
    return as_jpeg()


@pytest.fixture
def settings():
    return Settings()


@pytest.fixture
def classifier():
    return FakeClassifier()


@pytest.fixture
def store():
    return DictStore()


@pytest.fixture
def figures_dir(tmp_path):
    for name in ("test/roc", "test/top_two", "training/training_curves"):
        path = tmp_path / "figures" / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 403.2 331.2"/>')
    (tmp_path / "secret.svg").write_text("<svg/>")
    return tmp_path / "figures"


@pytest.fixture
def app(settings, classifier, store, figures_dir):
    screening = Screening(classifier, store, settings.limits, timedelta(days=30))
    return create_app(settings, screening, a_card(), figures_dir, "a secret for tests")


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def stranger(app):
    return app.test_client()
