"""OWASP ASVS 5.0, level 2: browser, session, messages, configuration, errors.

A test for each item that applies, named by its number; docs/security.md holds the table.
"""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask import request

from skinapp.settings import Settings
from tests.cast import UNSURE
from tests.web.visitor import csrf_token, upload

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["/", "/model", "/nowhere", "/healthz", "/static/css/base.css"]
TLS = {"base_url": "https://skin.example"}


@pytest.fixture
def settings():
    return Settings(behind_tls=True)


@pytest.fixture
def secure(client):
    """Headers as the proxy in front of us sends them."""
    client.environ_base |= {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "skin.example",
        "HTTP_X_FORWARDED_FOR": "192.0.2.1",
        "HTTP_REFERER": "https://skin.example/",
        "HTTP_HOST": "skin.example",
    }
    return client


def _cookie(client):
    cookie = SimpleCookie(client.get("/", **TLS).headers["Set-Cookie"])
    [(name, morsel)] = cookie.items()
    return name, morsel


def _policy(client, path):
    header = client.get(path, **TLS).headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


def _case(client, lesion_jpeg):
    return upload(client, lesion_jpeg, **TLS).location


def test_v1_2_1_what_comes_from_a_visitor_is_escaped(secure):
    page = secure.get("/cases/<script>alert(1)</script>", **TLS).text
    assert "<script>alert" not in page


def test_v1_2_4_a_case_id_is_a_parameter_and_never_a_part_of_a_query(secure, lesion_jpeg):
    _case(secure, lesion_jpeg)
    assert secure.get("/cases/' OR '1'='1", **TLS).status_code == 404


def test_v1_3_7_a_template_is_never_made_of_what_was_sent(secure):
    product = "{{ 7919 * 7907 }}"
    answers = (
        secure.get(f"/cases/{product}", **TLS),
        secure.get(f"/?view={product}", **TLS),
        upload(secure, b"no photo", filename=f"{product}.jpg", **TLS),
    )
    assert all("62615533" not in answer.text for answer in answers)


def test_v1_5_2_weights_are_read_without_pickle():
    sources = (path.read_text() for path in (ROOT / "skinapp" / "model").glob("*.py"))
    found = [text for text in sources if re.search(r"torch\.load|import pickle|\bjoblib\b", text)]
    assert found == []


def test_v2_2_2_limits_are_held_by_the_server_and_not_by_the_script(secure):
    assert upload(secure, b"not checked by any script", **TLS).status_code == 422


def test_v3_2_1_a_kept_photo_is_sent_as_what_it_is(secure, lesion_jpeg):
    answer = secure.get(_case(secure, lesion_jpeg) + "/photo.jpg", **TLS)
    assert answer.content_type == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_v3_2_2_scripts_write_text_and_never_markup():
    scripts = "".join(path.read_text() for path in (ROOT / "static" / "js").glob("*.js"))
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", scripts
    )


def test_v3_3_1_the_cookie_is_secure(secure):
    assert _cookie(secure)[1]["secure"]


def test_v3_3_2_the_cookie_is_not_sent_with_requests_of_other_sites(secure):
    assert _cookie(secure)[1]["samesite"] == "Lax"


def test_v3_3_3_the_cookie_belongs_to_one_host(secure):
    name, morsel = _cookie(secure)
    assert name.startswith("__Host-")
    assert (morsel["path"], morsel["domain"]) == ("/", "")


def test_v3_3_4_the_cookie_is_out_of_reach_of_scripts(secure):
    assert _cookie(secure)[1]["httponly"]


@pytest.mark.parametrize("path", PAGES)
def test_v3_4_1_transport_security_for_a_year_with_subdomains(secure, path):
    header = secure.get(path, **TLS).headers["Strict-Transport-Security"]
    assert header == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("path", PAGES)
def test_v3_4_2_no_other_origin_may_read(secure, path):
    answer = secure.get(path, headers={"Origin": "https://evil.example"}, **TLS)
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_v3_4_3_the_content_policy_allows_nothing_foreign(secure, path):
    policy = _policy(secure, path)
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == "'self'"


@pytest.mark.parametrize("path", PAGES)
def test_v3_4_4_nothing_is_sniffed(secure, path):
    assert secure.get(path, **TLS).headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_v3_4_5_other_sites_learn_no_address(secure, path):
    assert secure.get(path, **TLS).headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_v3_4_6_no_page_can_be_framed(secure, path):
    assert _policy(secure, path)["frame-ancestors"] == "'none'"


def test_v3_5_1_an_upload_needs_the_token_of_its_session(secure, stranger, store):
    foreign = csrf_token(stranger, **TLS)
    csrf_token(secure, **TLS)
    assert secure.post("/cases", data={"csrf_token": foreign}, **TLS).status_code == 400
    assert store.cases == {}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_v3_5_3_nothing_changes_without_post(secure, store, lesion_jpeg, method):
    case_url = _case(secure, lesion_jpeg)
    for path in ("/cases", case_url, f"{case_url}/delete"):
        secure.open(path, method=method, **TLS)
    assert len(store.cases) == 1


def test_v3_7_2_every_redirect_stays_here(secure, lesion_jpeg):
    assert re.fullmatch(r"/cases/[\w-]{22}", _case(secure, lesion_jpeg))
    assert upload(secure, lesion_jpeg, **TLS).location.startswith("/cases/")


@pytest.mark.parametrize("path", PAGES)
def test_v4_1_1_every_answer_says_what_it_is(secure, path):
    kind = secure.get(path, **TLS).content_type
    assert kind == "application/json" or kind.endswith("; charset=utf-8")


class TestWithoutProxy:
    @pytest.fixture
    def settings(self):
        return Settings()

    def test_v4_1_3_headers_that_only_a_proxy_may_set_are_not_believed(self, app, client):
        @app.get("/where")
        def where():
            return f"{request.scheme} {request.host} {request.remote_addr}"

        told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
        answer = client.get("/where", headers=told | {"X-Forwarded-For": "192.0.2.9"})
        assert answer.text == "http localhost 127.0.0.1"


def test_v7_2_3_a_session_has_more_than_128_random_bits(secure, store, lesion_jpeg):
    _case(secure, lesion_jpeg)
    [(_, _, owner)] = store.cases.values()
    assert len(owner) * 6 >= 256


def test_v7_2_1_a_forged_session_opens_nothing(secure, stranger, lesion_jpeg):
    case_url = _case(secure, lesion_jpeg)
    stranger.set_cookie("__Host-skinapp", "eyJvd25lciI6IngifQ.forged", domain="skin.example")
    assert stranger.get(case_url, **TLS).status_code == 404


def test_v8_2_2_a_case_opens_for_its_maker_only(secure, stranger, lesion_jpeg):
    case_url = _case(secure, lesion_jpeg)
    assert secure.get(case_url, **TLS).status_code == 200
    assert stranger.get(case_url, **TLS).status_code == 404
    assert case_url in secure.get("/cases", **TLS).text
    assert case_url not in stranger.get("/cases", **TLS).text


def test_v13_4_1_the_image_holds_no_repository():
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert allowed[1] == "*"
    assert not [line for line in allowed if line.startswith("!") and ".git" in line]


def test_v13_4_2_debugging_is_off(app):
    assert app.debug is False


@pytest.mark.parametrize("path", ["/static/", "/static/css/", "/cases/", "/model/figures/"])
def test_v13_4_3_no_folder_is_listed(secure, path):
    assert secure.get(path, **TLS).status_code == 404


def test_v13_4_4_trace_is_not_answered(secure):
    assert secure.open("/", method="TRACE", **TLS).status_code == 405


def test_v14_2_1_an_address_holds_no_secret_of_the_session(secure, store, lesion_jpeg):
    case_url = _case(secure, lesion_jpeg)
    [(_, _, owner)] = store.cases.values()
    assert owner not in case_url
    assert owner not in secure.get(case_url, **TLS).text


def test_v14_2_3_a_page_asks_nobody_else_for_anything(secure, lesion_jpeg):
    page = secure.get(_case(secure, lesion_jpeg), **TLS).text
    wanted = re.findall(r'(?:src|href|action)="([^"]*)"', page)
    assert [url for url in wanted if not url.startswith(("/", "#"))] == []


@pytest.mark.parametrize(
    "part", ["", "/print", "/photo.jpg", "/overlay.png", "/overlay-2.png", "/delete"]
)
def test_v14_3_2_what_shows_a_case_is_never_stored(secure, classifier, lesion_jpeg, part):
    classifier.by_code = UNSURE
    answer = secure.get(_case(secure, lesion_jpeg) + part, **TLS)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_v14_3_3_the_browser_keeps_nothing_but_the_session():
    scripts = "".join(path.read_text() for path in (ROOT / "static" / "js").glob("*.js"))
    assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", scripts)


def test_v16_5_1_a_failure_tells_nothing_of_the_inside(app, secure):
    def explode():
        raise RuntimeError("password of the database")

    app.add_url_rule("/explode", view_func=explode)
    app.testing = False
    page = secure.get("/explode", **TLS).text
    assert "password" not in page
    assert "Traceback" not in page


def test_v16_5_3_an_upload_that_fails_is_not_kept(app, secure, store, classifier, lesion_jpeg):
    def explode(_photo):
        raise RuntimeError("the network broke")

    classifier.begin = explode
    app.testing = False
    assert upload(secure, lesion_jpeg, **TLS).status_code == 500
    assert store.cases == {}
