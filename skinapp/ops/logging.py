"""Structured logs on stderr: one line a request, and nothing that says whose photo it was."""

from __future__ import annotations

import logging
import logging.config
import re
import secrets
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.typing import Processor

from skinapp.ops.health import PROBES

REQUEST_ID_HEADER = "X-Request-ID"
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")

_SHARED: tuple[Processor, ...] = (
    merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class WithoutRequestDetails(logging.Filter):
    """Takes addresses and paths out of gunicorn's lines: case ids are secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, some of them shortened."""
        message = str(record.msg)
        if message.startswith("Error handling request"):
            record.msg, record.args = "Error handling request", ()
        elif message.startswith("Invalid request from ip"):
            record.msg, record.args = "Invalid request", ()
        return True


def logging_config(level: str, form: str) -> dict[str, Any]:
    """Configuration of the standard library's logging, for :mod:`logging.config` and gunicorn.

    ``level`` is one of debug, info, warning, error; ``form`` is json or console.
    """
    handler = {
        "class": "logging.StreamHandler",
        "stream": "ext://sys.stderr",
        "formatter": "structured",
        "filters": ["without_request_details"],
    }
    direct = {"level": level.upper(), "handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_request_details": {"()": WithoutRequestDetails}},
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": list(_SHARED),
                "processors": _last_steps(form),
            }
        },
        "handlers": {"stderr": handler},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": direct,
            # Our own line replaces it: gunicorn's tells addresses and paths.
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            # It names each of its plugins whenever it is imported.
            "alembic.runtime.plugins": {"level": "WARNING"},
        },
    }


def _last_steps(form: str) -> list[Processor]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "console":
        plain = structlog.dev.plain_traceback
        return [strip, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    # A plain traceback has no local variables in it: they would hold photos and notes.
    return [strip, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def configure_logging(level: str, form: str) -> None:
    """Send everything that is logged, warnings included, to stderr in one form."""
    logging.config.dictConfig(logging_config(level, form))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def register_request_log(app: Flask) -> None:
    """Give every request an id, ``g.request_id``, and log one line when it is answered.

    The id also stands in the answer's X-Request-ID and in every line logged meanwhile.  A view may
    set ``g.outcome`` to say in a word how it ended; otherwise the status says it.  Register this
    before anything that may refuse a request.
    """

    def start() -> None:
        g.request_started_s = time.perf_counter()
        g.request_id = _request_id(request.headers.get(REQUEST_ID_HEADER, ""))
        bind_contextvars(request_id=g.request_id)

    def finish(response: Response) -> Response:
        started_s: float = g.get("request_started_s", time.perf_counter())
        response.headers[REQUEST_ID_HEADER] = g.setdefault("request_id", _request_id(""))
        # The pattern, not the path: whoever reads the log must not be able to open a case.
        route = request.url_rule.rule if request.url_rule else "unmatched"
        log = structlog.get_logger("skinapp.request")
        (log.debug if route in PROBES else log.info)(
            "request",
            method=request.method if request.url_rule else "unmatched",
            route=route,
            status=response.status_code,
            duration_ms=round((time.perf_counter() - started_s) * 1000, 1),
            outcome=str(g.get("outcome") or _outcome(response.status_code)),
        )
        return response

    def forget(_: BaseException | None) -> None:
        # A thread's next lines may be gunicorn's own, of a request that never gets here.
        clear_contextvars()

    app.before_request(start)
    app.after_request(finish)
    app.teardown_request(forget)


def _request_id(proposed: str) -> str:
    return proposed if _SANE_REQUEST_ID.fullmatch(proposed) else secrets.token_hex(8)


def _outcome(status: int) -> str:
    if status >= 500:  # noqa: PLR2004 - HTTP's classes of status
        return "failed"
    return "refused" if status >= 400 else "ok"  # noqa: PLR2004 - likewise
