"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import structlog
from flask import Flask, Response, jsonify

from skinapp.domain.engine import EngineReport
from skinapp.domain.errors import StoreUnavailable

PROBES = frozenset({"/healthz", "/readyz"})


def register_health(
    app: Flask,
    store_check: Callable[[], None],
    model_name: str,
    model_version: str,
    engine: EngineReport,
) -> None:
    """Add ``/healthz`` and ``/readyz``.

    ``/healthz`` touches nothing: where it fails, the process should be replaced.  ``/readyz``
    calls ``store_check``, which raises where no case can be kept: then it answers 503 with the
    reason, and the process should get no requests for now.  The model is loaded before the app
    exists.  ``store_check`` should not wait for the database: probes want an answer at once.
    """

    def healthz() -> Response:
        return _uncached(jsonify(status="alive"))

    def readyz() -> tuple[Response, int]:
        database = "ok"
        try:
            store_check()
        except StoreUnavailable as error:
            database = error.trouble.value
            structlog.get_logger("skinapp.ops").error("database_unusable", trouble=database)
        except Exception as error:  # whatever the reason, the answer is 503
            database = "unreachable"
            structlog.get_logger("skinapp.ops").error(
                "database_unreachable", error=type(error).__name__
            )
        ready = database == "ok"
        answer = jsonify(
            status="ready" if ready else "unavailable",
            model=model_name,
            version=model_version,
            engine=asdict(engine),
            database=database,
        )
        return _uncached(answer), 200 if ready else 503

    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)


def _uncached(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
