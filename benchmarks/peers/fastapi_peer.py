"""FastAPI as its documentation serves a model: uvicorn, one process, a pool of threads."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.peers.known import FASTAPI, asked  # noqa: E402 - the path has to be set first

if __name__ == "__main__":
    OPTIONS = asked(FASTAPI, __doc__)

import uvicorn  # noqa: E402 - what is asked comes first
from fastapi import FastAPI, UploadFile  # noqa: E402 - likewise

from benchmarks.peers.network import Answerer  # noqa: E402 - likewise


def create_app(folder: Path) -> FastAPI:
    """Load the weights and answer POST /predict."""
    answerer = Answerer(folder)
    app = FastAPI()

    @app.get("/")
    def index() -> str:
        return "ready"

    # Not async: FastAPI then answers in its thread pool.
    @app.post("/predict")
    def predict(photo: UploadFile) -> dict[str, str | float]:
        return answerer.answer(photo.file)

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(OPTIONS.folder), port=OPTIONS.port, log_level="warning")
