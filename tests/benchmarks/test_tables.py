from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.markdown import markdown
from benchmarks.performance_tables import PERFORMANCE
from benchmarks.reliability_tables import RELIABILITY
from benchmarks.soak_report import report
from benchmarks.soak_visitors import Loss
from benchmarks.tables import MEASURED, filled
from tests.benchmarks.test_soak_report import a_soak

DOCS = Path(__file__).resolve().parents[2] / "docs"
MODEL = "ham10000-efficientnet-b4"
OTHER = "ham10000-efficientnet-b0"
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
        times = {
            "requests": 120,
            "p50_ms": 100.0,
            "p95_ms": 200.0,
            "processor_ms_per_request": 47.3,
        }
        return {"requests_per_s": rate, "failures": 0, **times}

    row = {"photo": "600x450", "concurrency": 4, "naive": loaded(4.0), "skinapp": loaded(36.0)}
    files = {
        "serve.json": {
            "machine": MACHINE,
            "seconds": 10.0,
            "not_installed": {"litserve": ["zmq"]},
            "rows": [row],
        },
        "stages.json": {
            "machine": MACHINE,
            "photos": {"600x450": {"ms": {"decode": 1.0, "forward": 30.0, "whole request": 40.0}}},
        },
        "growth.json": {
            "machine": MACHINE,
            "cases": [a_case_row(1_000, 0.3), a_case_row(100_000, 0.3)],
        },
    }
    for name, content in files.items():
        folder = tmp_path if name in {"growth.json", "hostile.json", "soak.json"} else _of(tmp_path)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


def _of(measured: Path, model: str = MODEL) -> Path:
    folder = measured / model
    folder.mkdir(exist_ok=True)
    return folder


def test_columns_of_numbers_stand_to_the_right():
    table = markdown(["server", "ms"], [["naive", 1234.5], ["skinapp", 41.26]])
    assert table.splitlines() == [
        "| server | ms |",
        "|---|---:|",
        "| naive | 1,234 |",
        "| skinapp | 41.3 |",
    ]


def test_a_number_that_is_left_out_moves_no_column():
    table = markdown(["server", "ms"], [["naive", "–"], ["skinapp", 41.26]])
    assert table.splitlines()[1] == "|---|---:|"


def test_a_row_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        markdown(["server", "ms"], [["naive", 1.0], ["skinapp"]])


def test_the_table_is_put_in_its_place_and_nothing_else_changes(measured: Path):
    text = filled(document("stages"), measured)
    assert text.startswith(
        f"Before.\n<!-- table stages -->\n**{MODEL}**\n\n| stage | 600x450 ms | share |"
    )
    assert text.endswith("<!-- end -->\nAfter.\n")
    assert "| forward | 30 | 75% |" in text
    assert "something old" not in text


def test_filling_again_changes_nothing(measured: Path):
    once = filled(document("serve"), measured)
    assert filled(once, measured) == once


def test_what_was_measured_on_another_processor_has_tables_of_its_own(measured: Path):
    found = json.loads((_of(measured) / "serve.json").read_text())
    found["rows"][0]["skinapp"]["requests_per_s"] = 10.0
    other = measured / "without-bfloat16" / MODEL
    other.mkdir(parents=True)
    (other / "serve.json").write_text(json.dumps(found))
    assert "| skinapp | 10 | 2.5 | 120 |" in filled(document("serve-float32"), measured)
    assert "| skinapp | 36 | 9 | 120 |" in filled(document("serve"), measured)


def test_the_ratio_to_the_naive_peer_is_computed(measured: Path):
    assert "| 600x450 | 4 | skinapp | 36 | 9 | 120 |" in filled(document("serve"), measured)


def test_a_peer_that_answered_nothing_has_no_ratio(measured: Path):
    found = json.loads((_of(measured) / "serve.json").read_text())
    found["rows"][0]["naive"] |= {"requests": 0, "requests_per_s": 0.0, "p50_ms": float("nan")}
    (_of(measured) / "serve.json").write_text(json.dumps(found))
    text = filled(document("serve"), measured)
    assert "| 600x450 | 4 | skinapp | 36 | – | 120 |" in text
    assert "| 600x450 | 4 | naive | 0 | – | 0 | – | – |" in text


@pytest.mark.parametrize(("answers", "p95"), [(59, "–"), (60, "200")])
def test_a_percentile_of_a_few_answers_is_left_out(measured: Path, answers: int, p95: str):
    found = json.loads((_of(measured) / "serve.json").read_text())
    found["rows"][0]["skinapp"]["requests"] = answers
    (_of(measured) / "serve.json").write_text(json.dumps(found))
    assert f"| 9 | {answers} | 100 | {p95} |" in filled(document("serve"), measured)


def test_older_findings_that_do_not_count_their_answers_keep_their_percentiles(measured: Path):
    found = json.loads((_of(measured) / "serve.json").read_text())
    del found["rows"][0]["skinapp"]["requests"], found["seconds"]
    (_of(measured) / "serve.json").write_text(json.dumps(found))
    text = filled(document("serve"), measured)
    assert "| 9 | – | 100 | 200 |" in text
    assert "of load for each row" not in text


def test_growth_tells_of_how_many_answers_it_is_and_for_how_long(measured: Path):
    row = {"clients": 4, "requests": 59, "requests_per_s": 24.0, "p50_ms": 40.6, "p95_ms": 47.3}
    row |= {"workers_resident_mb": 564.3, "largest_worker_peak_mb": 294.1}
    row |= {"turned_away": 0, "failures": 0}
    found = {"machine": MACHINE, "seconds": 2.0, "clients": [row, row | {"requests": 60}]}
    (measured / "growth.json").write_text(json.dumps(found))
    text = filled(document("clients"), measured)
    assert "| 4 | 59 | 24 | 40.6 | – |" in text
    assert "| 4 | 60 | 24 | 40.6 | 47.3 |" in text
    assert "2 s of load for each row." in text
    assert "|---:|---:|---:|---:|---:|" in text


@pytest.mark.parametrize("name", ["over_product", "over_floor"])
def test_a_forward_pass_stands_beside_a_product_in_older_findings_too(measured: Path, name: str):
    row = {"form": "eager", "median_ms": 30.5, name: 3.67, "ms_per_photo_in_a_batch": 36.0}
    row |= {"memory_mb": 448, "engine": "torch 2.13.0+cpu, eager"}
    (_of(measured) / "engines.json").write_text(json.dumps({"machine": MACHINE, "forward": [row]}))
    assert "| eager | 30.5 | 3.67 | 36 | 448 |" in filled(document("forward"), measured)


def test_a_peer_that_is_not_installed_is_named(measured: Path):
    assert "Not installed, so not measured: litserve." in filled(document("serve"), measured)


def test_a_measurement_on_a_busy_machine_says_so(measured: Path):
    assert "busy" not in filled(document("machine"), measured)
    found = json.loads((_of(measured) / "serve.json").read_text())
    found["machine"]["load_before"] = 3.0
    (_of(measured) / "serve.json").write_text(json.dumps(found))
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


@pytest.mark.parametrize(
    ("document", "tables"),
    [("performance.md", PERFORMANCE), ("reliability.md", RELIABILITY)],
)
def test_each_document_has_each_of_its_tables_once(document: str, tables: dict[str, object]):
    places = re.findall(r"<!-- table ([\w-]+) -->", (DOCS / document).read_text(encoding="utf-8"))
    assert sorted(places) == sorted(tables)


@pytest.mark.parametrize("document", ["performance.md", "reliability.md"])
def test_the_tables_in_a_document_are_those_of_the_measurements(document: str):
    text = (DOCS / document).read_text(encoding="utf-8")
    assert filled(text, MEASURED) == text, f"run benchmarks/tables.py docs/{document}"


def test_every_measured_model_has_a_table_of_its_own(measured: Path):
    found = json.loads((_of(measured) / "serve.json").read_text())
    found["rows"][0]["skinapp"]["requests_per_s"] = 80.0
    (_of(measured, OTHER) / "serve.json").write_text(json.dumps(found))
    text = filled(document("serve"), measured)
    small, large = text.index(f"**{OTHER}**"), text.index(f"**{MODEL}**")
    assert small < text.index("| 600x450 | 4 | skinapp | 80 | 20 |") < large
    assert large < text.index("| 600x450 | 4 | skinapp | 36 | 9 |")


def test_growth_of_memory_stands_with_its_interval(measured: Path):
    sizes = {"start_mb": 250.0, "after_300_mb": 281.0, "end_mb": 290.0, "peak_mb": 310.0}
    row = {"workers": 2, "uploads": 2003, **sizes, "server_end_mb": 480.0}
    servers = {
        "skinapp": {**row, "mb_per_1000_uploads": [0.21, -0.1, 0.5]},
        "naive": {**row, "mb_per_1000_uploads": None},
    }
    (_of(measured) / "memory.json").write_text(json.dumps({"machine": MACHINE, "servers": servers}))
    text = filled(document("memory"), measured)
    assert "| skinapp | 2 | 2003 | 250 | 281 | 290 | 310 | 480 | 0.21 (-0.1 to 0.5) |" in text
    assert "| naive | 2 | 2003 | 250 | 281 | 290 | 310 | 480 | – |" in text


def test_growth_of_memory_by_a_handful_of_samples_is_left_out(measured: Path):
    sizes = {"start_mb": 250.0, "after_300_mb": 281.0, "end_mb": 290.0, "peak_mb": 310.0}
    row = {"workers": 1, "uploads": 415, **sizes, "server_end_mb": 480.0}
    row |= {"mb_per_1000_uploads": [-22490.3, -52967.83, -5877.0]}
    row |= {"samples": [[answered, 280.0] for answered in range(0, 415, 15)]}
    found = {"machine": MACHINE, "servers": {"naive": row}}
    (_of(measured) / "memory.json").write_text(json.dumps(found))
    assert "| 480 | – |" in filled(document("memory"), measured)


def test_hostile_uploads_stand_by_kind_with_their_answers(measured: Path):
    polyglots = {"uploads": 5, "statuses": {"303": 3, "422": 2}, "slowest_s": 0.25}
    whole = {"clients": 4, "minutes": 1.5, "workers_that_died": 0, "largest_worker_peak_mb": 300.2}
    found = {"machine": MACHINE, **polyglots, **whole, "kinds": {"polyglot": polyglots}}
    (measured / "hostile.json").write_text(json.dumps(found))
    text = filled(document("hostile"), measured)
    assert "| polyglot | 5 | 3 | 2 | 0 | 0 | 0 | 0.25 |" in text
    assert "| all | 5 |" in text
    assert "A worker held 300 MB at most." in text


def test_a_long_load_stands_with_its_bounds_and_verdicts(measured: Path):
    findings = a_soak(lambda done: 600 + done * 2 / 1000)
    findings.losses.append(Loss("photo", 1.0, 2.0, 11.0, "ConnectionResetError"))
    found = report(findings, seconds=1000.0, workers_that_died=0)
    found |= {"machine": MACHINE, "model": MODEL, "clients": 8}
    (measured / "soak.json").write_text(json.dumps(found))
    text = filled(document("soak"), measured)
    assert "| MB more in 1,000 requests | 2 (2 to 2) | 1 | broken |" in text
    assert "| connections that the server lost | 0 | 0 | held |" in text
    assert "| connections lost for another reason | 1 idle |  |  |" in text
    assert "| requests | 10,000: 3,000 x 200, 7,000 x 303 |" in text


def test_each_performance_table_tells_of_its_own_measurement():
    machine = {"at": "2026-11-21T10:00:00+00:00", "cores": 2, "load_before": 4.2}
    made = PERFORMANCE["decode"].make({"machine": machine, "rows": []})
    assert made.endswith("Measured 2026-11-21; load average before it 4.2.")
