"""LitServe as its documentation serves a model: setup, decode, predict, encode; a worker a core.

Annotations are not postponed here: LitServe reads them.
"""

import sys
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.peers.known import LITSERVE, asked  # noqa: E402 - the path has to be set first

if __name__ == "__main__":
    OPTIONS = asked(LITSERVE, __doc__)

import litserve  # noqa: E402 - what is asked comes first
from fastapi import Request  # noqa: E402 - likewise

from benchmarks.peers.network import Answerer  # noqa: E402 - likewise
from skinapp.model.processor import available_cores  # noqa: E402 - likewise


class LesionApi(litserve.LitAPI):
    """The four steps."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def setup(self, device: str) -> None:
        """In the worker, once."""
        del device
        self._answerer = Answerer(self._folder)

    def decode_request(self, request: Request) -> BinaryIO:
        """From the form to the file."""
        file: BinaryIO = request["photo"].file
        return file

    def predict(self, x: BinaryIO) -> dict[str, str | float]:
        """Answer one photo."""
        return self._answerer.answer(x)

    def encode_response(self, output: dict[str, str | float]) -> dict[str, str | float]:
        """As it is."""
        return output


if __name__ == "__main__":
    server = litserve.LitServer(
        LesionApi(OPTIONS.folder), accelerator="cpu", workers_per_device=available_cores()
    )
    server.run(host="127.0.0.1", port=OPTIONS.port, generate_client_file=False, log_level="warning")
