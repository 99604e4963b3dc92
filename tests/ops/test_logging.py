from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask, abort, g

from skinapp.ops.health import register_health
from skinapp.ops.logging import configure_logging, register_request_log


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def client(capsys: pytest.CaptureFixture[str]):
    del capsys  # it has to stand before the handler takes hold of stderr
    configure_logging("info", "json")
    app = Flask(__name__)
    register_request_log(app)
    register_health(app, lambda: None, "fake-model", "0123456789ab")

    @app.get("/cases/<case_id>")
    def case(case_id: str) -> str:
        structlog.get_logger("test").info("inside")
        return case_id

    @app.get("/refused")
    def refused() -> str:
        g.outcome = "PhotoEmpty"
        abort(422)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the reason")

    return app.test_client()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def _request_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    (line,) = [line for line in _lines(capsys) if line["event"] == "request"]
    return line


def test_a_request_is_one_line(client, capsys):
    client.get("/cases/secret-id?name=Miller", headers={"User-Agent": "Browser of Dr Miller"})
    line = _request_line(capsys)
    assert set(line) == {
        "event",
        "level",
        "logger",
        "timestamp",
        "request_id",
        "method",
        "route",
        "status",
        "duration_ms",
        "outcome",
    }
    assert (line["method"], line["route"], line["status"], line["outcome"]) == (
        "GET",
        "/cases/<case_id>",
        200,
        "ok",
    )


def test_the_id_of_a_case_is_not_logged(client, capsys):
    client.get("/cases/secret-id")
    assert "secret-id" not in capsys.readouterr().err


@pytest.mark.parametrize("path", ["/cases/secret-id/more", "/secret-id?a=b"])
def test_a_path_that_leads_nowhere_is_not_logged_either(client, capsys, path: str):
    client.get(path)
    line = _request_line(capsys)
    assert (line["route"], line["status"], line["outcome"]) == ("unmatched", 404, "refused")
    assert "secret-id" not in json.dumps(line)


def test_lines_of_one_request_share_its_id(client, capsys):
    answer = client.get("/cases/secret-id")
    ids = {line["request_id"] for line in _lines(capsys)}
    assert ids == {answer.headers["X-Request-ID"]}


def test_a_sane_request_id_is_kept(client):
    answer = client.get("/refused", headers={"X-Request-ID": "proxy-0123.abc_9"})
    assert answer.headers["X-Request-ID"] == "proxy-0123.abc_9"


@pytest.mark.parametrize("proposed", ["", "short", "x" * 65, "with space in it", '{"a": "b c d"}'])
def test_a_strange_request_id_is_replaced(client, proposed: str):
    answer = client.get("/refused", headers={"X-Request-ID": proposed})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])


def test_every_request_has_another_id(client):
    first, second = client.get("/refused"), client.get("/refused")
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_a_view_says_how_it_ended(client, capsys):
    client.get("/refused")
    line = _request_line(capsys)
    assert (line["status"], line["outcome"]) == (422, "PhotoEmpty")


def test_a_failure_is_logged_with_its_traceback(client, capsys):
    assert client.get("/broken").status_code == 500
    lines = _lines(capsys)
    assert [line["outcome"] for line in lines if line["event"] == "request"] == ["failed"]
    assert any("RuntimeError: the reason" in str(line.get("exception")) for line in lines)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_not_logged_at_info(client, capsys, path: str):
    client.get(path)
    assert _lines(capsys) == []


def test_probes_are_logged_at_debug(client, capsys):
    configure_logging("debug", "json")
    client.get("/healthz")
    assert _request_line(capsys)["level"] == "debug"


def test_a_quiet_level_is_quiet(client, capsys):
    configure_logging("warning", "json")
    client.get("/refused")
    assert _lines(capsys) == []


def test_console_form_is_for_people(client, capsys):
    configure_logging("info", "console")
    client.get("/refused")
    line = capsys.readouterr().err
    assert "outcome=PhotoEmpty" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("message", "arguments", "logged"),
    [
        ("Error handling request %s %s", ("GET", "/cases/secret"), "Error handling request"),
        ("Invalid request from ip=192.0.2.7: bad line", (), "Invalid request"),
        ("Booting worker with pid: %s", (7,), "Booting worker with pid: 7"),
    ],
)
def test_gunicorn_tells_no_address_and_no_path(capsys, message, arguments, logged):
    configure_logging("info", "json")
    logging.getLogger("gunicorn.error").warning(message, *arguments)
    (line,) = _lines(capsys)
    assert line["event"] == logged
    assert line["logger"] == "gunicorn.error"
