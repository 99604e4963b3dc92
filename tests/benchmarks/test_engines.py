"""What a server costs is told only of one that answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import engines
from benchmarks.load import NoAnswer, Target
from benchmarks.peak import peak
from tests.benchmarks.stub_server import answering

OPTIONS = argparse.Namespace(model="a-model", seconds=0.0)


def _costs(monkeypatch: pytest.MonkeyPatch, data: Path, status: int | Callable[[int], int]):
    @contextmanager
    def stub(*_: object, **__: object) -> Iterator[Target]:
        with answering(status) as target:
            yield target

    monkeypatch.setattr(engines, "our_server", stub)
    return engines._server_costs("openvino", OPTIONS, data)


def test_a_first_upload_that_fails_has_no_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with pytest.raises(NoAnswer, match="with status 500"):
        _costs(monkeypatch, tmp_path, 500)


def test_a_server_that_fails_under_load_has_no_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    with pytest.raises(NoAnswer, match="under load"):
        _costs(monkeypatch, tmp_path, lambda number: 500 if number > 3 else 200)


def test_a_server_that_answers_has_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    row = _costs(monkeypatch, tmp_path, 200)
    assert set(row) == {"engine", "first_start_s", "second_start_s", "memory_mb"}


def test_the_pace_is_the_best_of_several_products():
    found = peak(sides=(32, 64), tries=3)
    assert found.flop_per_s > 0
    assert (found.library in {"numpy", "torch"}, found.side in {32, 64}) == (True, True)
