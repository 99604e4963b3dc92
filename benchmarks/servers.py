"""Servers under measurement, each in a process of its own on loopback; they end with the block."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.environment import without_settings
from benchmarks.load import Target

ROOT = Path(__file__).resolve().parent.parent
# The first start converts the network, on a slow machine for minutes.
_READY_WITHIN_S = 600


@contextmanager
def our_server(
    data: Path, model: str, *, cores: Collection[int] = (), **settings: str
) -> Iterator[Target]:
    """Serve a model with its cases in ``data``, on certain cores only where some are given.

    ``settings`` are SKINAPP_* variables without the prefix, in small letters.
    """
    port = _free_port()
    chosen = {
        "port": str(port),
        "data_dir": str(data),
        "model": model,
        "log_level": "warning",
        "uploads_per_hour": "0",
    } | settings
    given = {f"SKINAPP_{name.upper()}": text for name, text in chosen.items()}
    environment = without_settings() | given
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "skinapp.wsgi:app"]
    with _server(command, environment, f"http://127.0.0.1:{port}/readyz", cores) as process:
        yield Target("skinapp", port, "/cases", process.pid, shows_map=True)


@contextmanager
def peer_server(name: str, script: Path, folder: Path) -> Iterator[Target]:
    """Run a peer's program, which gets the model's folder and a port."""
    port = _free_port()
    command = [sys.executable, str(script), str(folder), str(port)]
    with _server(command, without_settings(), f"http://127.0.0.1:{port}/", ()) as process:
        yield Target(name, port, "/predict", process.pid)


@contextmanager
def bare_server() -> Iterator[Target]:
    """Something that only answers: what any server takes on this machine."""
    port = _free_port()
    command = [sys.executable, str(ROOT / "benchmarks" / "bare_server.py"), str(port)]
    with _server(command, without_settings(), f"http://127.0.0.1:{port}/", ()) as process:
        yield Target("bare", port, "/bare", process.pid)


@contextmanager
def _server(
    command: list[str], environment: dict[str, str], url: str, cores: Collection[int]
) -> Iterator[subprocess.Popen[bytes]]:
    with _ending_when_asked():
        process = _started(command, environment, cores)
        try:
            _wait_until_it_answers(url, process)
            yield process
        finally:
            _stop(process)


@contextmanager
def _ending_when_asked() -> Iterator[None]:
    """Asked to stop, a benchmark stops its servers too: they are in sessions of their own.

    A signal that is ignored stays so: nohup asks for that.
    """
    before = {
        number: handler
        for number in (signal.SIGTERM, signal.SIGHUP)
        if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(60)
    # Some leave workers behind, which would take part in every later measurement.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _started(
    command: list[str], environment: dict[str, str], cores: Collection[int]
) -> subprocess.Popen[bytes]:
    """A process inherits the cores of the one that starts it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    finally:
        os.sched_setaffinity(0, before)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"{process.args!r} did not answer in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
