"""The rows that fill the database for measuring are rows that the store reads as its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.growth_cases import KEPT, Known, by_cases, fill
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from tests.cast import an_assessment


def test_filled_cases_open_like_real_ones(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'cases.sqlite3'}"
    upgrade(url)
    known = Known([])
    fill(url, known, 40, an_assessment())
    fill(url, known, 50, an_assessment())
    store = SqlCaseStore(url)
    case_id, owner = known.cases[-1]
    case = store.get(case_id, owner)
    made = store.made_since(owner, datetime.now(UTC) - KEPT)
    store.close()
    assert known.total == 50
    assert case.assessment == an_assessment()
    assert case.created_at in made
    assert len(made) == 50


def test_every_step_has_its_row(tmp_path: Path):
    rows = by_cases(tmp_path, an_assessment(), [30, 10], repeats=2)
    assert [row["cases"] for row in rows] == [10, 30]
    assert all(row["open_p50_ms"] > 0 and row["insert_p50_ms"] > 0 for row in rows)
