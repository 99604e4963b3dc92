from __future__ import annotations

import json
import urllib.error

from tests.serving.conftest import Server


def readiness(server: Server) -> tuple[int, str]:
    """Status of the probe, and what it says of the database."""
    try:
        return 200, json.loads(server.get("/readyz"))["database"]
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, json.loads(answer.read())["database"]
