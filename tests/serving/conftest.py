from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.environment import without_settings

ROOT = Path(__file__).resolve().parents[2]
# Generous: a busy machine is slow, and nothing waits longer than it must.
START_LIMIT_S = 60.0


@dataclass
class Server:
    """gunicorn with our configuration; stderr and stdout go to files."""

    process: subprocess.Popen[bytes]
    port: int
    out: Path
    err: Path
    notes: Path

    def get(self, path: str = "/", timeout_s: float = 30.0, **headers: str) -> str:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(asked, timeout=timeout_s) as answer:
            return answer.read().decode()

    def wait_ready(self) -> None:
        wait_until(lambda: "is ready" in self.out.read_text() or self.process.poll() is not None)
        assert self.process.poll() is None, self.err.read_text()

    def wait_noted(self) -> int:
        """Wait until a slow request has begun; return the worker that answers it."""
        wait_until(lambda: self.notes.exists() and self.notes.read_text() != "")
        return int(self.notes.read_text())


def wait_until(condition: Callable[[], bool], limit_s: float = START_LIMIT_S) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start gunicorn, inside another command if one is given; other keywords are variables.

    ``keep`` are descriptors that it inherits.
    """
    servers: list[Server] = []

    def begin(
        *options: str,
        app: str = "tests.serving.fake_app:app",
        inside: Sequence[str] = (),
        keep: Sequence[int] = (),
        **given: str,
    ) -> Server:
        port = int(given.get("SKINAPP_PORT", free_port()))
        inherited = {k: v for k, v in without_settings().items() if not k.startswith("OMP_")}
        notes = tmp_path / "notes"
        environment = inherited | {
            "SKINAPP_PORT": str(port),
            "SKINAPP_DATA_DIR": str(tmp_path / "data"),
            "SKINAPP_WORKERS": "2",
            "FAKE_NOTES": str(notes),
            **given,
        }
        out, err = tmp_path / "out", tmp_path / "err"
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", *options, app]
        command = [*inside, *command]
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=stdout, stderr=stderr, pass_fds=keep
            )
        servers.append(Server(process, port, out, err, notes))
        return servers[-1]

    yield begin
    for server in servers:
        server.process.terminate()
        server.process.wait(60)


@pytest.fixture
def server(start: Start) -> Server:
    running = start()
    running.wait_ready()
    return running
