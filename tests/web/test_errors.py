from __future__ import annotations

import json

import pytest
from werkzeug.exceptions import ServiceUnavailable


@pytest.fixture
def broken(app):
    def explode():
        raise RuntimeError("secret detail")

    def busy():
        raise ServiceUnavailable(retry_after=30)

    app.add_url_rule("/explode", view_func=explode)
    app.add_url_rule("/busy", view_func=busy)
    app.testing = False
    return app.test_client()


def test_unknown_address_gets_a_page_with_a_way_back(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert 'href="/"' in answer.text


def test_wrong_method_gets_a_page_and_names_the_right_one(client):
    answer = client.get("/cases")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_missing_case_is_explained(client):
    answer = client.get("/cases/unknown")
    assert answer.status_code == 404
    assert "opens only in the browser session that made it" in answer.text


def test_failure_shows_an_id_and_never_the_exception(broken):
    answer = broken.get("/explode")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.text
    assert "secret detail" not in answer.text
    assert "RuntimeError" not in answer.text


def test_failure_is_logged_under_the_id_that_was_shown(broken, capsys):
    request_id = broken.get("/explode").headers["X-Request-ID"]
    out, err = capsys.readouterr()
    lines = [line for line in (out + err).splitlines() if "request_failed" in line]
    assert len(lines) == 1
    assert request_id in lines[0]


def test_unavailable_service_keeps_its_retry_after(broken):
    answer = broken.get("/busy")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"


def test_readiness_answers_in_json(client):
    assert json.loads(client.get("/readyz").data)["model"] == "fake-model"
