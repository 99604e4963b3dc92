"""Static files and templates: made ready once."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import jinja2
import pytest

from skinapp.web.site import compile_templates

STATIC = Path(__file__).resolve().parents[2] / "static"
ZIPPED = {"Accept-Encoding": "gzip, br"}


def test_static_file_is_sent_as_it_is(client):
    answer = client.get("/static/css/base.css")
    assert answer.data == (STATIC / "css" / "base.css").read_bytes()
    assert answer.content_type == "text/css; charset=utf-8"
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("name", ["css/base.css", "js/upload.js", "icons/favicon.svg"])
def test_static_file_is_compressed_for_who_reads_that(client, name):
    answer = client.get(f"/static/{name}", headers=ZIPPED)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.data) == (STATIC / name).read_bytes()


def test_compressed_style_sheets_take_a_third_at_most(client):
    page = client.get("/").text
    sheets = re.findall(r'href="(/static/css/[^"]+)"', page)
    sizes = [
        sum(len(client.get(sheet, headers=headers).data) for sheet in sheets)
        for headers in (ZIPPED, {})
    ]
    assert sizes[0] < sizes[1] / 3


def test_who_refuses_compression_gets_none(client):
    answer = client.get("/static/css/base.css", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("headers", [{}, ZIPPED])
def test_static_file_that_is_known_is_not_sent_again(client, headers):
    tag = client.get("/static/css/base.css", headers=headers).headers["ETag"]
    again = client.get("/static/css/base.css", headers=headers | {"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["../skinapp/app.py", "%2e%2e/README.md", "css", "css/"])
def test_what_is_not_a_static_file_is_not_found(client, path):
    assert client.get(f"/static/{path}").status_code == 404


def test_pages_are_not_compressed_because_they_hold_a_secret_beside_what_was_sent(client):
    assert "Content-Encoding" not in client.get("/", headers=ZIPPED).headers


def test_templates_are_compiled_before_the_first_request(app, client, monkeypatch):
    compile_templates(app)

    def compiled_late(*_args, **_kwargs):
        raise AssertionError("a template was compiled in a request")

    monkeypatch.setattr(jinja2.Environment, "compile", compiled_late)
    assert client.get("/").status_code == 200
    assert client.get("/model").status_code == 200
    assert client.get("/nowhere").status_code == 404
