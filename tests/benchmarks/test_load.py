from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.load import NoAnswer, Outcome, measure, must_answer
from benchmarks.peers.known import NAIVE, PEERS, Peer, missing_packages
from tests.benchmarks.stub_server import CUT, answering


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


def test_a_lost_connection_is_a_failure_and_the_client_comes_again(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(load, "COME_AGAIN_S", 0.0)
    # The first upload only warms up; the one client's first two that count are cut off.
    with answering(lambda number: CUT if number in {2, 3} else 200) as target:
        outcome = measure(target, b"a photo", concurrency=1, seconds=0.5)
    assert outcome.failures == 2
    assert len(outcome.latencies_s) >= 1


def test_a_server_that_always_hangs_up_answers_nothing():
    with answering(CUT) as target:
        outcome = measure(target, b"a photo", concurrency=2, seconds=0.1)
    assert outcome.failures >= 2
    assert outcome.latencies_s == []


def test_a_page_without_a_map_is_no_answer_of_ours():
    with answering(303, page=b"<h1>Not recognised</h1>", shows_map=True) as target:
        with pytest.raises(NoAnswer, match="does not recognise the photo"):
            measure(target, b"a photo", concurrency=1, seconds=0.1)
        with pytest.raises(NoAnswer, match="does not recognise the photo"):
            must_answer(target, b"a photo")


def test_a_page_with_a_map_is_an_answer():
    with answering(303, page=b'<img class="stage__map">', shows_map=True) as target:
        must_answer(target, b"a photo")
        assert measure(target, b"a photo", concurrency=1, seconds=0.0).failures == 0


@pytest.mark.parametrize(("status", "how"), [(500, "with status 500"), (CUT, "by hanging up")])
def test_an_upload_that_has_to_be_answered_and_is_not_ends_it(status: int, how: str):
    with answering(status) as target, pytest.raises(NoAnswer, match=how):
        must_answer(target, b"a photo")


def test_a_peer_that_lacks_a_package_is_known_by_it():
    absent = Peer("absent", Path("absent.py"), ("json", "no_such_package"))
    assert missing_packages(absent) == ["no_such_package"]


def test_every_peer_has_its_program_and_the_naive_one_needs_nothing_more():
    assert [peer.name for peer in PEERS if not peer.script.is_file()] == []
    assert missing_packages(NAIVE) == []
    assert find_spec("torch") is not None
