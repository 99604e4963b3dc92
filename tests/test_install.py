"""scripts/install.sh: one install at a time, with the Python that was named."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 60.0
# Makes a .venv whose pip begins, and ends when it may.
STUB = """#!/usr/bin/env bash
case "$*" in
    "-m venv"*) echo venv >>log; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
    "-m pip"*) echo begin >>log; until [ -e go ]; do sleep 0.01; done; echo end >>log ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "install.sh", tmp_path / "scripts")
    (tmp_path / "requirements.txt").write_text("a-package==1.0\n")
    _program(tmp_path / "python-stub", STUB)
    return tmp_path


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def begun() -> Iterator[list[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for one in running:
        one.kill()
        one.wait()


def _environment(python: str, path: str = os.environ["PATH"]) -> dict[str, str]:
    return {"PATH": path, "PYTHON": python}


def _install(checkout: Path, python: str, path: str = os.environ["PATH"]):
    return subprocess.run(
        ["/bin/bash", "scripts/install.sh", "requirements.txt"],
        cwd=checkout,
        env=_environment(python, path),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )


def _wait_for(path: Path, words: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not path.exists() or words not in path.read_text():
        assert time.monotonic() < end, f"{path.name} never told of {words}"
        time.sleep(0.01)


def test_two_installs_at_once_take_turns(checkout: Path, begun: list[subprocess.Popen[bytes]]):
    def begin(out: str) -> None:
        with (checkout / out).open("wb") as stream:
            command = ["/bin/bash", "scripts/install.sh", "requirements.txt"]
            environment = _environment("./python-stub")
            begun.append(subprocess.Popen(command, cwd=checkout, env=environment, stdout=stream))

    begin("first")
    _wait_for(checkout / "log", "begin")
    begin("second")
    _wait_for(checkout / "second", "waiting")
    (checkout / "go").touch()
    assert [one.wait(LIMIT_S) for one in begun] == [0, 0]
    assert (checkout / "log").read_text().split() == ["venv", "begin", "end"]


def test_a_second_install_has_nothing_to_do(checkout: Path):
    (checkout / "go").touch()
    assert _install(checkout, "./python-stub").returncode == 0
    again = _install(checkout, "./python-stub")
    assert (again.returncode, again.stdout) == (0, "")
    assert (checkout / "log").read_text().split() == ["venv", "begin", "end"]


def test_where_flock_is_missing_one_installs_all_the_same(checkout: Path):
    (checkout / "go").touch()
    programs = checkout / "programs"
    programs.mkdir()
    for name in ("bash", "env", "mkdir", "cp", "cat", "cksum", "rm", "dirname", "sleep"):
        (programs / name).symlink_to(str(shutil.which(name)))
    done = _install(checkout, "./python-stub", str(programs))
    assert (done.returncode, done.stderr) == (0, "")
    assert "end" in (checkout / "log").read_text()


def test_a_python_that_is_not_there_is_refused(checkout: Path):
    done = _install(checkout, "/nope")
    assert done.returncode == 1
    assert "PYTHON names /nope, and there is no such program" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_too_old_is_refused(checkout: Path):
    _program(checkout / "old", "#!/bin/sh\nexit 1\n")
    done = _install(checkout, "./old")
    assert done.returncode == 1
    assert "PYTHON names ./old, which is no Python 3.11 or newer" in done.stderr


def test_another_python_than_that_of_the_environment_is_refused(checkout: Path):
    (checkout / "go").touch()
    assert _install(checkout, "./python-stub").returncode == 0
    _program(checkout / "other", STUB + '[[ "$*" != *realpath* ]] || echo /usr/bin/another\n')
    done = _install(checkout, "./other")
    assert done.returncode == 1
    assert "make clean" in done.stderr
