from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from benchmarks import memory
from benchmarks.load import NoAnswer
from benchmarks.memory import Sample, is_fine, load, row
from tests.benchmarks.stub_server import CUT, answering


def _samples(largest_mb: Callable[[int], float], whole_mb: Callable[[int], float]) -> list[Sample]:
    """A server of two workers, after every 50 of 2,000 uploads."""
    return [
        Sample(n, (200.0, largest_mb(n)), (210.0, largest_mb(n) + 20), whole_mb(n))
        for n in range(0, 2001, 50)
    ]


def test_the_row_tells_of_the_largest_worker():
    found = row(_samples(lambda n: 250 + min(n, 300) / 10, lambda _: 400.0))
    assert (found["workers"], found["uploads"]) == (2, 2000)
    assert (found["start_mb"], found["after_300_mb"], found["end_mb"]) == (250, 280, 280)
    assert found["peak_mb"] == 300


def test_memory_that_fills_at_first_and_stays_is_fine():
    found = row(_samples(lambda n: 250 + min(n, 300) / 10, lambda n: 400 + min(n, 300) / 10))
    assert found["mb_per_1000_uploads"] == [0, 0, 0]
    assert is_fine(found)


def test_memory_that_grows_on_is_not_fine():
    found = row(_samples(lambda _: 250.0, lambda n: 400 + n / 100))
    assert found["mb_per_1000_uploads"] == pytest.approx([10, 10, 10])
    assert not is_fine(found)


def test_a_worker_that_ends_above_its_bound_is_not_fine():
    assert not is_fine(row(_samples(lambda n: 250 + n / 10, lambda _: 400.0)))


@pytest.mark.parametrize("samples", [8, 29])
def test_fewer_than_twelve_windows_tell_nothing_of_growth(samples: int):
    assert row(_samples(lambda _: 250.0, lambda _: 400.0)[:samples])["mb_per_1000_uploads"] is None


def test_a_few_uploads_tell_nothing_of_growth_however_often_one_looks():
    often = [Sample(300 + n, (250.0,), (250.0,), 400.0) for n in range(200)]
    assert row(often)["mb_per_1000_uploads"] is None


def test_so_many_uploads_are_sent_as_were_asked_for():
    with answering(200) as target:
        samples = list(load(target, 40, clients=4))
    assert samples[0].answered == 0
    assert 40 <= samples[-1].answered < 44
    # Other tests may have left small processes beside us.
    assert min(max(samples[-1].resident_mb), samples[-1].proportional_mb) > 10


def test_a_server_that_fails_has_no_row():
    with answering(500) as target, pytest.raises(RuntimeError, match="did not answer"):
        list(load(target, 40, clients=4))


def test_a_server_that_hangs_up_has_no_row():
    with (
        answering(lambda number: CUT if number > 10 else 200) as target,
        pytest.raises(RuntimeError, match="did not answer"),
    ):
        list(load(target, 40, clients=4))


def test_a_page_without_a_map_is_not_measured():
    with (
        answering(303, page=b"not recognised", shows_map=True) as target,
        pytest.raises(NoAnswer, match="no map"),
    ):
        list(load(target, 40, clients=4))


def test_nobody_looks_while_the_last_client_waits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "_LOOK_EVERY_S", 0.05)
    nobody = threading.Event()

    def one_waits(number: int) -> int:
        if number == 5:
            nobody.wait(0.5)  # ten looks long
        return 200

    with answering(one_waits) as target:
        samples = list(load(target, 4, clients=2))
    assert [s.answered for s in samples if s.answered >= 4] == [5]
