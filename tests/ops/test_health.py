from __future__ import annotations

import pytest
from flask import Flask

from skinapp.domain.errors import StoreTrouble, StoreUnavailable
from skinapp.ops.health import register_health
from tests.cast import ENGINE


def _client(store_check):
    app = Flask(__name__)
    register_health(app, store_check, "fake-model", "0123456789ab", ENGINE)
    return app.test_client()


def _unreachable() -> None:
    raise ConnectionError("database at 10.0.0.1 is gone")


def test_ready_names_the_model():
    answer = _client(lambda: None).get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ready",
        "model": "fake-model",
        "version": "0123456789ab",
        "engine": {
            "name": "openvino",
            "version": "2026.4.1",
            "precision": "bfloat16",
            "reason": "it agrees with PyTorch",
            "device": "cpu",
            "views": 1,
        },
        "database": "ok",
    }


def test_without_its_database_it_is_not_ready():
    answer = _client(_unreachable).get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["database"] == "unreachable"


def test_what_is_wrong_with_the_records_is_told_in_words():
    def full() -> None:
        raise StoreUnavailable(StoreTrouble.FULL)

    answer = _client(full).get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["database"] == "the disk is full"


def test_the_reason_is_not_told_to_the_network():
    assert "10.0.0.1" not in _client(_unreachable).get("/readyz").text


def test_it_is_alive_even_without_its_database():
    answer = _client(_unreachable).get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_never_cached(path: str):
    assert _client(lambda: None).get(path).headers["Cache-Control"] == "no-store"
