"""The image holds what its build copies, its licence too."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _copied() -> list[str]:
    """What the build takes from the repository, not from another stage."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_all_that_is_copied_is_there_and_is_handed_to_the_build():
    handed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert [name for name in _copied() if not (ROOT / name).exists()] == []
    assert sorted(_copied()) == sorted(handed)


def test_the_licence_is_in_the_image():
    assert "LICENSE" in _copied()
