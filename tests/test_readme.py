"""The README is held to its word: settings, commands, links."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from skinapp.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    joined = "".join(blocks).replace("\\\n", " ")
    lines = (line.split(" #")[0].strip() for line in joined.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _words(command: str) -> list[str]:
    """The words of a command, without the variables that are set before it."""
    words = shlex.split(command)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words.pop(0)
    return words


def _make_targets() -> set[str]:
    made = [_words(command) for command in _commands()]
    return {
        word
        for words in made
        if words and words[0] == "make"
        for word in words[1:]
        if "=" not in word
    }


def _scripts() -> set[str]:
    return set(re.findall(r"scripts/\w+\.py", "\n".join(_commands())))


def _documented() -> set[str]:
    return set(re.findall(r"^\| *`SKINAPP_([A-Z_]+)` *\|", README, flags=re.MULTILINE))


@cache
def _help(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_setting_stands_in_the_readme_and_none_that_is_not():
    assert _documented() == {name.upper() for name in Settings.model_fields}


def test_the_two_commands_stand_in_the_readme():
    assert {"run", "test"} <= _make_targets()


@pytest.mark.parametrize("target", sorted(_make_targets()))
def test_make_knows_the_target(target: str):
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", sorted(_scripts()))
def test_a_script_explains_itself(script: str):
    done = _help(script)
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout


def test_options_of_scripts_exist():
    unknown = []
    for command in _commands():
        words = _words(command)
        scripts = [word for word in words if word in _scripts()]
        if not scripts:
            continue
        told = (ROOT / scripts[0]).read_text(encoding="utf-8") + _help(scripts[0]).stdout
        unknown += [word for word in words if word.startswith("--") and word not in told]
    assert unknown == []


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#\s]+)", README)
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (ROOT / target).exists()] == []
