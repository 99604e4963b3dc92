from __future__ import annotations

from datetime import timedelta

import pytest

from skinapp.app import create_app
from skinapp.screening import Screening
from skinapp.settings import Settings
from tests.cast import DictStore, FakeClassifier, a_card


@pytest.fixture(scope="module")
def store():
    return DictStore()


@pytest.fixture(scope="module")
def client(store):
    settings = Settings(uploads_per_hour=0)
    screening = Screening(FakeClassifier(), store, settings.limits, timedelta(days=30))
    app = create_app(settings, screening, a_card(), None, "a secret for tests")
    return app.test_client()
