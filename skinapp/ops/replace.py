"""A server process that can't go on, and knows it."""

from __future__ import annotations

import os
import signal

import structlog


def ask_to_be_replaced(reason: str) -> None:
    """End this server process in good order; gunicorn starts another in its place.

    What is in flight is finished, as far as it can be.
    """
    structlog.get_logger("skinapp.ops").error("process_gives_up", reason=reason)
    os.kill(os.getpid(), signal.SIGTERM)
