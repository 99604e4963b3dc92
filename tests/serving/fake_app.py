"""A tiny application, served with the real gunicorn.conf.py.  Run by the tests beside it."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

StartResponse = Callable[[str, list[tuple[str, str]]], object]

# Stands for loading a model: a worker that is not ready must not be announced.
time.sleep(float(os.environ.get("FAKE_LOAD_S", "0")))
Path(os.environ["FAKE_NOTES"] + ".loaded").touch()


def app(environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
    path = str(environ["PATH_INFO"])
    body = str(os.getpid())
    if path == "/slow":
        Path(os.environ["FAKE_NOTES"]).write_text(body)
        time.sleep(1.5)
    elif path == "/loaded":
        body = str(gc.get_freeze_count())
    elif path == "/threads":
        body = os.environ["OMP_NUM_THREADS"]
    elif path.endswith("/where"):
        body = f"{environ['wsgi.url_scheme']} {environ['SCRIPT_NAME']}|{environ['REMOTE_ADDR']}"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body.encode()]
