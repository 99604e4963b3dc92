"""``python -m skinapp.ops.probe``: exits with 0 where the server beside it is ready."""

from __future__ import annotations

import http.client
import sys

from skinapp.settings import read_settings

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened on
TIMEOUT_S = 4.0


def is_ready(host: str, port: int) -> bool:
    """Ask ``/readyz``, through no proxy."""
    connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    settings = read_settings()
    sys.exit(0 if is_ready(settings.host, settings.port) else 1)
