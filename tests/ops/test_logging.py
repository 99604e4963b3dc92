from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask, abort, g

from skinapp.ops.health import register_health
from skinapp.ops.logging import configure_logging, register_request_log
from tests.cast import ENGINE


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


def _configure(level: str, form: str, log: io.StringIO) -> None:
    configure_logging(level, form)
    # The same handler serves all loggers; pytest exchanges stderr under it.
    (handler,) = logging.getLogger("gunicorn.error").handlers
    handler.setStream(log)


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def client(log: io.StringIO):
    _configure("info", "json", log)
    app = Flask(__name__)
    register_request_log(app)
    register_health(app, lambda: None, "fake-model", "0123456789ab", ENGINE)

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


def _lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def _request_line(log: io.StringIO) -> dict[str, object]:
    (line,) = [line for line in _lines(log) if line["event"] == "request"]
    return line


def test_a_request_is_one_line(client, log):
    client.get("/cases/secret-id?name=Miller", headers={"User-Agent": "Browser of Dr Miller"})
    line = _request_line(log)
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


def test_the_id_of_a_case_is_not_logged(client, log):
    client.get("/cases/secret-id")
    assert "secret-id" not in log.getvalue()


@pytest.mark.parametrize("path", ["/cases/secret-id/more", "/secret-id?a=b"])
def test_a_path_that_leads_nowhere_is_not_logged_either(client, log, path: str):
    client.get(path)
    line = _request_line(log)
    assert (line["route"], line["status"], line["outcome"]) == ("unmatched", 404, "refused")
    assert "secret-id" not in json.dumps(line)


def test_lines_of_one_request_share_its_id(client, log):
    answer = client.get("/cases/secret-id")
    ids = {line["request_id"] for line in _lines(log)}
    assert ids == {answer.headers["X-Request-ID"]}


def test_what_is_logged_between_requests_has_no_requests_id(client, log: io.StringIO):
    client.get("/cases/x")
    logging.getLogger("gunicorn.error").warning("Invalid request from ip=127.0.0.1: x")
    assert "request_id" not in _lines(log)[-1]


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


def test_a_view_says_how_it_ended(client, log):
    client.get("/refused")
    line = _request_line(log)
    assert (line["status"], line["outcome"]) == (422, "PhotoEmpty")


def test_a_failure_is_logged_with_its_traceback(client, log):
    assert client.get("/broken").status_code == 500
    lines = _lines(log)
    assert [line["outcome"] for line in lines if line["event"] == "request"] == ["failed"]
    assert any("RuntimeError: the reason" in str(line.get("exception")) for line in lines)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_not_logged_at_info(client, log, path: str):
    client.get(path)
    assert _lines(log) == []


def test_probes_are_logged_at_debug(client, log):
    _configure("debug", "json", log)
    client.get("/healthz")
    assert _request_line(log)["level"] == "debug"


def test_a_quiet_level_is_quiet(client, log):
    _configure("warning", "json", log)
    client.get("/refused")
    assert _lines(log) == []


def test_console_form_is_for_people(client, log):
    _configure("info", "console", log)
    client.get("/refused")
    line = log.getvalue()
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
def test_gunicorn_tells_no_address_and_no_path(log, message, arguments, logged):
    _configure("info", "json", log)
    logging.getLogger("gunicorn.error").warning(message, *arguments)
    (line,) = _lines(log)
    assert line["event"] == logged
    assert line["logger"] == "gunicorn.error"
