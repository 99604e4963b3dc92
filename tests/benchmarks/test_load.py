from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.load import Outcome
from benchmarks.peers.known import NAIVE, PEERS, Peer, missing_packages


@pytest.fixture
def outcome() -> Outcome:
    outcome = Outcome(elapsed_s=2.0, processor_s=0.3)
    for status, took_s in ((200, 0.1), (200, 0.3), (200, 0.2), (503, 0.001), (500, 0.5)):
        outcome.count(status, took_s)
    return outcome


def test_answers_refusals_and_failures_count_apart(outcome: Outcome):
    row = outcome.row()
    assert (row["requests"], row["turned_away"], row["failures"]) == (3, 1, 1)
    assert row["requests_per_s"] == 1.5


def test_only_answers_count_as_waiting(outcome: Outcome):
    row = outcome.row()
    assert row["p50_ms"] == 200.0
    assert row["processor_ms_per_request"] == 100.0


def test_a_peer_that_lacks_a_package_is_known_by_it():
    absent = Peer("absent", Path("absent.py"), ("json", "no_such_package"))
    assert missing_packages(absent) == ["no_such_package"]


def test_every_peer_has_its_program_and_the_naive_one_needs_nothing_more():
    assert [peer.name for peer in PEERS if not peer.script.is_file()] == []
    assert missing_packages(NAIVE) == []
    assert find_spec("torch") is not None
