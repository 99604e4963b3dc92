from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinapp.ops import capacity
from skinapp.ops.capacity import Capacity, available_cores, plan_capacity


@pytest.mark.parametrize(
    ("cores", "workers", "torch_threads"), [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 4, 1), (16, 4, 4)]
)
def test_cores_are_shared_out(cores: int, workers: int, torch_threads: int):
    planned = plan_capacity(cores)
    assert (planned.workers, planned.torch_threads) == (workers, torch_threads)


@given(st.integers(1, 256))
def test_cores_are_never_oversubscribed(cores: int):
    planned = plan_capacity(cores)
    assert planned.workers * planned.torch_threads <= cores


def test_what_the_administrator_asks_for_is_taken():
    assert plan_capacity(8, workers=1, threads=9) == Capacity(1, 9, 8)


def test_more_workers_than_cores_compute_with_one_thread_each():
    assert plan_capacity(2, workers=6).torch_threads == 1


def _with_quotas(monkeypatch: pytest.MonkeyPatch, *quotas: str) -> None:
    monkeypatch.setattr(capacity, "_quotas", lambda: list(quotas))
    monkeypatch.setattr(capacity.os, "sched_getaffinity", lambda _pid: set(range(8)))
    monkeypatch.setattr(capacity.os, "cpu_count", lambda: 8)


@pytest.mark.parametrize(
    ("quotas", "cores"),
    [
        ([], 8),
        (["max 100000\n"], 8),
        (["200000 100000\n"], 2),
        (["250000 100000\n", "max 100000\n"], 2),
        (["max 100000\n", "300000 100000\n"], 3),
        (["50000 100000\n"], 1),
        (["1600000 100000\n"], 8),
    ],
)
def test_a_container_quota_counts(monkeypatch: pytest.MonkeyPatch, quotas: list[str], cores: int):
    _with_quotas(monkeypatch, *quotas)
    assert available_cores() == cores


def test_quotas_are_found_in_the_own_group_and_above(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(capacity, "CGROUP", tmp_path)
    monkeypatch.setattr(
        Path, "read_text", _with_own_group(Path.read_text, "0::/clinic/skinapp\n"), raising=True
    )
    (tmp_path / "clinic" / "skinapp").mkdir(parents=True)
    (tmp_path / "clinic" / "skinapp" / "cpu.max").write_text("max 100000\n")
    (tmp_path / "clinic" / "cpu.max").write_text("100000 100000\n")
    assert capacity._quotas() == ["max 100000\n", "100000 100000\n"]


def _with_own_group(read_text, group: str):
    def read(path: Path, encoding: str | None = None) -> str:
        if str(path) == "/proc/self/cgroup":
            return group
        return read_text(path, encoding=encoding)

    return read
