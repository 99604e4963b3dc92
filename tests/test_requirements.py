"""What the image installs is pinned to the byte; `scripts/lock.sh` writes the lock files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path.name for path in ROOT.glob("requirements*.txt"))
LOCKS = ("requirements.lock", "requirements-torch.lock")


# A package, what it is installed with, and its version; behind them where that is meant for.
PIN = re.compile(r"([\w.-]+)(?:\[[\w., -]+\])?==([^\s;]+)")


def _lines(name: str) -> list[str]:
    """What a file asks for, without comments; the hashes of a locked package follow its pin."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "--"))]


def _pins(name: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for line in _lines(name):
        found = PIN.match(line)
        assert found is not None, f"{name} has a line that pins nothing: {line}"
        package, version = found.groups()
        pins.setdefault(package.lower().replace("_", "-"), set()).add(version)
    return pins


@pytest.mark.parametrize("name", [*FILES, *LOCKS])
def test_every_line_pins_a_version(name: str):
    assert _pins(name)


def test_a_package_with_extras_is_seen():
    assert "psycopg" in _pins("requirements.txt")


def test_the_locks_hold_every_requirement_at_its_version():
    wanted = _pins("requirements.txt")
    locked = _pins(LOCKS[0]) | _pins(LOCKS[1])
    differing = [name for name, pins in wanted.items() if not pins <= locked.get(name, set())]
    assert differing == [], "run scripts/lock.sh"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str):
    entries = re.split(r"(?m)^(?=[a-z])", (ROOT / name).read_text())[1:]
    assert entries
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_torch_and_what_it_needs_of_cuda_stand_apart():
    assert "torch" in _pins(LOCKS[1])
    assert not [name for name in _pins(LOCKS[0]) if name.startswith(("nvidia-", "cuda-"))]


def test_the_image_installs_nothing_without_a_hash():
    installs = re.findall(
        r"pip install[^\n&;]*(?:\\\n[^\n&;]*)*", (ROOT / "Dockerfile").read_text()
    )
    assert installs
    assert all("--require-hashes" in command for command in installs)


@pytest.mark.parametrize("name", LOCKS)
def test_the_image_may_read_the_locks(name: str):
    assert f"!{name}" in (ROOT / ".dockerignore").read_text().splitlines()
