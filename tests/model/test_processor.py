"""Which processor this is, and how many of its cores may be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from skinapp.model import processor
from skinapp.model.processor import available_cores

AN_X86 = """processor\t: 0
model name\t: A processor
cpu MHz\t\t: {mhz}
flags\t\t: avx2 avx512_bf16

processor\t: 1
model name\t: A processor
"""


def _described(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> str:
    (folder / "cpuinfo").write_text(text)
    monkeypatch.setattr(processor, "_CPUINFO", folder / "cpuinfo")
    return processor.processor()


def test_same_processor_is_the_same_however_fast_it_runs_just_now(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    told = {_described(monkeypatch, tmp_path, AN_X86.format(mhz=mhz)) for mhz in (1000, 3000)}
    assert len(told) == 1
    assert "avx512_bf16" in told.pop()


def test_processor_that_can_less_is_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    lesser = AN_X86.replace(" avx512_bf16", "")
    assert _described(monkeypatch, tmp_path, AN_X86) != _described(monkeypatch, tmp_path, lesser)


def test_machine_without_proc_still_has_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(processor, "_CPUINFO", tmp_path / "absent")
    assert processor.processor()


def _with_quotas(monkeypatch: pytest.MonkeyPatch, *quotas: str) -> None:
    monkeypatch.setattr(processor, "_quotas", lambda: list(quotas))
    monkeypatch.setattr(processor.os, "sched_getaffinity", lambda _pid: set(range(8)))
    monkeypatch.setattr(processor.os, "cpu_count", lambda: 8)


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
    monkeypatch.setattr(processor, "CGROUP", tmp_path)
    monkeypatch.setattr(
        Path, "read_text", _with_own_group(Path.read_text, "0::/clinic/skinapp\n"), raising=True
    )
    (tmp_path / "clinic" / "skinapp").mkdir(parents=True)
    (tmp_path / "clinic" / "skinapp" / "cpu.max").write_text("max 100000\n")
    (tmp_path / "clinic" / "cpu.max").write_text("100000 100000\n")
    assert processor._quotas() == ["max 100000\n", "100000 100000\n"]


def _with_own_group(read_text, group: str):
    def read(path: Path, encoding: str | None = None) -> str:
        if str(path) == "/proc/self/cgroup":
            return group
        return read_text(path, encoding=encoding)

    return read
