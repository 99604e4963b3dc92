from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.tables import MEASURED, TABLES, filled, markdown

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
MACHINE = {
    "at": "2026-05-04T12:00:00+00:00",
    "cores": 2,
    "processor": "AMD EPYC",
    "memory_gb": 25.3,
    "system": "Linux 6.1",
    "python": "3.11.7",
    "packages": {"torch": "2.13.0", "onnxruntime": None},
    "load_before": 0.1,
}


def a_case_row(cases: int, open_ms: float) -> dict[str, float]:
    return {"cases": cases, "open_p50_ms": open_ms, "open_p95_ms": 9.0, "database_mb": cases / 50}


def document(table: str) -> str:
    return f"Before.\n<!-- table {table} -->\nsomething old\n<!-- end -->\nAfter.\n"


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    def loaded(rate: float) -> dict[str, float]:
        times = {"p50_ms": 100.0, "p95_ms": 200.0, "processor_ms_per_request": 47.3}
        return {"requests_per_s": rate, "failures": 0, **times}

    row = {"photo": "600x450", "concurrency": 4, "naive": loaded(4.0), "skinapp": loaded(36.0)}
    files = {
        "serve.json": {"machine": MACHINE, "not_installed": {"litserve": ["zmq"]}, "rows": [row]},
        "stages.json": {
            "photos": {"600x450": {"ms": {"decode": 1.0, "forward": 30.0, "whole request": 40.0}}}
        },
        "growth.json": {"cases": [a_case_row(1_000, 0.3), a_case_row(100_000, 0.3)]},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


def test_columns_of_numbers_stand_to_the_right():
    table = markdown(["server", "ms"], [["naive", 1234.5], ["skinapp", 41.26]])
    assert table.splitlines() == [
        "| server | ms |",
        "|---|---:|",
        "| naive | 1,234 |",
        "| skinapp | 41.3 |",
    ]


def test_a_row_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        markdown(["server", "ms"], [["naive", 1.0], ["skinapp"]])


def test_the_table_is_put_in_its_place_and_nothing_else_changes(measured: Path):
    text = filled(document("stages"), measured)
    assert text.startswith("Before.\n<!-- table stages -->\n| stage | 600x450 ms | share |")
    assert text.endswith("<!-- end -->\nAfter.\n")
    assert "| forward | 30 | 75% |" in text
    assert "something old" not in text


def test_filling_again_changes_nothing(measured: Path):
    once = filled(document("serve"), measured)
    assert filled(once, measured) == once


def test_the_ratio_to_the_naive_peer_is_computed(measured: Path):
    assert "| 600x450 | 4 | skinapp | 36 | 9 |" in filled(document("serve"), measured)


def test_a_peer_that_is_not_installed_is_named(measured: Path):
    assert "Not installed, so not measured: litserve." in filled(document("serve"), measured)


def test_a_measurement_on_a_busy_machine_says_so(measured: Path):
    assert "busy" not in filled(document("machine"), measured)
    found = json.loads((measured / "serve.json").read_text())
    found["machine"]["load_before"] = 3.0
    (measured / "serve.json").write_text(json.dumps(found))
    assert "The machine was busy." in filled(document("machine"), measured)


def test_queries_that_do_not_grow_have_the_power_of_zero(measured: Path):
    assert "| grows with the power | 0.00 |" in filled(document("cases"), measured).replace(
        "-0", "0"
    )


@pytest.mark.parametrize("table", ["decode", "forward", "clients"])
def test_what_was_not_measured_says_so(measured: Path, table: str):
    assert "Not measured yet." in filled(document(table), measured)


def test_a_table_that_nobody_makes_is_an_error(measured: Path):
    with pytest.raises(KeyError):
        filled(document("of-contents"), measured)


def test_the_document_has_every_table_once():
    places = re.findall(r"<!-- table ([\w-]+) -->", DOCUMENT.read_text(encoding="utf-8"))
    assert sorted(places) == sorted(TABLES)


def test_the_tables_in_the_document_are_those_of_the_measurements():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert filled(text, MEASURED) == text, "run benchmarks/tables.py docs/performance.md"
