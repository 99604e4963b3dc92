from __future__ import annotations

import pytest

from benchmarks.hostile_figures import Outcome, collated, lines

OUTCOMES = [
    Outcome("polyglot", 303, 0.1),
    Outcome("polyglot", 422, 0.3),
    Outcome("pixel flood", 422, 0.02),
]


def test_answers_are_counted_by_kind_and_together():
    found = collated(OUTCOMES)
    assert found["uploads"] == 3
    assert found["statuses"] == {"303": 1, "422": 2}
    assert found["kinds"]["polyglot"]["statuses"] == {"303": 1, "422": 1}


def test_the_slowest_of_each_kind_is_told():
    found = collated(OUTCOMES)
    assert found["slowest_s"] == found["kinds"]["polyglot"]["slowest_s"] == 0.3
    assert found["kinds"]["pixel flood"]["slowest_s"] == 0.02


def test_people_get_a_line_for_each_kind_and_one_for_all():
    assert [line.split("  ")[0] for line in lines(collated(OUTCOMES))] == [
        "pixel flood",
        "polyglot",
        "all",
    ]


def test_no_upload_at_all_is_no_finding():
    with pytest.raises(ValueError, match="empty"):
        collated([])
