from __future__ import annotations

import json

import pytest
from werkzeug.exceptions import RequestTimeout, ServiceUnavailable

from skinapp.settings import Settings
from tests.web.visitor import csrf_token


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
    answer = client.put("/cases")
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


@pytest.mark.parametrize("host", ["a..b", ".a", "a" * 64, "a..b:8000"])
@pytest.mark.parametrize("path", ["/", "/readyz", "/cases/unknown"])
def test_a_host_that_is_none_gets_a_page_with_all_its_headers(client, path, host):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "The request was not understood" in answer.text
    assert 'href="/"' in answer.text
    assert {"Content-Security-Policy", "X-Request-ID"} <= set(answer.headers.keys())


def test_a_small_form_that_is_too_large_is_not_called_a_photo(client):
    answer = client.post("/cases/unknown/delete", data={"csrf_token": "x" * 70_000})
    assert answer.status_code == 413
    assert "Nothing was changed" in answer.text
    assert "photo was not accepted" not in answer.text


def test_a_deletion_that_arrives_too_slowly_is_not_said_to_have_happened(app):
    def slow():
        raise RequestTimeout

    app.add_url_rule("/slow", view_func=slow)
    answer = app.test_client().get("/slow")
    assert answer.status_code == 408
    assert "Nothing was changed" in answer.text
    assert "photo" not in answer.text.partition("<main")[2].partition("</main>")[0].lower()


class TestBehindTls:
    @pytest.fixture
    def settings(self):
        return Settings(behind_tls=True)

    @pytest.mark.parametrize(
        ("referrer", "words"),
        [
            ("https://skin.example/", "the proxy has to pass on the site’s name"),
            (None, "Let it send the referrer"),
        ],
    )
    def test_a_form_whose_page_does_not_fit_says_what_to_set_right(self, client, referrer, words):
        secure = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        token = csrf_token(client, headers=secure, base_url="https://127.0.0.1")
        headers = secure | ({"Referer": referrer} if referrer else {})
        answer = client.post(
            "/cases", data={"csrf_token": token}, headers=headers, base_url="https://127.0.0.1"
        )
        assert answer.status_code == 400
        assert words in answer.text
