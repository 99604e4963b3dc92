from __future__ import annotations

import re

import pytest

from skinapp.ops.unheard import plain_answer
from skinapp.settings import Settings
from tests.web.visitor import made_case, upload

EVERYWHERE = ["/", "/model", "/nowhere", "/healthz", "/static/css/tokens.css"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_the_strict_headers(client, path):
    headers = client.get(path, buffered=True).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_refusals_have_the_strict_headers(client):
    assert "Content-Security-Policy" in upload(client).headers


def test_what_is_no_http_is_answered_with_the_same_headers(client):
    head = plain_answer(400, "Bad Request").split(b"\r\n\r\n")[0].decode()
    sent = {line.split(":")[0] for line in head.splitlines()[1:]}
    # No request was read that could have a name, or a session that the answer varies by.
    assert set(client.get("/nowhere").headers.keys()) - {"Vary", "X-Request-ID"} <= sent


@pytest.mark.parametrize("part", ["", "/photo.jpg", "/overlay.png", "/print", "/delete"])
def test_what_shows_a_case_is_never_stored(client, lesion_jpeg, part):
    case_url = made_case(client, lesion_jpeg)
    assert client.get(case_url + part).headers["Cache-Control"] == "no-store"


def test_static_files_with_their_hash_are_kept_for_good(client):
    url = re.search(r'href="(/static/css/tokens.css\?v=\w+)"', client.get("/").text)[1]
    assert "immutable" in client.get(url, buffered=True).headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=0123456789abcdef"])
def test_static_files_without_their_hash_are_revalidated(client, query):
    answer = client.get(f"/static/css/tokens.css{query}", buffered=True)
    assert answer.headers["Cache-Control"] == "public, no-cache"


def test_missing_static_file_is_not_kept(client):
    answer = client.get("/static/css/nothing.css?v=")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["Cache-Control"]


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client):
    cookie = client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_without_tls_there_is_no_hsts(client):
    assert "Strict-Transport-Security" not in client.get("/").headers


class TestBehindTls:
    @pytest.fixture
    def settings(self):
        return Settings(behind_tls=True)

    def test_cookie_is_secure_and_bound_to_the_host(self, client):
        cookie = client.get("/").headers["Set-Cookie"]
        assert cookie.startswith("__Host-skinapp=")
        assert "Secure" in cookie

    def test_hsts_is_sent(self, client):
        assert client.get("/").headers["Strict-Transport-Security"].startswith("max-age=")

    def test_upload_through_the_proxy_passes_the_origin_check(self, client, lesion_jpeg):
        proxy = {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "skin.example",
            "X-Forwarded-For": "192.0.2.1",
        }
        client.environ_base.update(
            {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in proxy.items()}
        )
        client.environ_base["HTTP_REFERER"] = "https://skin.example/"
        client.environ_base["HTTP_HOST"] = "skin.example"
        assert upload(client, lesion_jpeg, base_url="https://skin.example").status_code == 303
