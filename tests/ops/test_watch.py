"""Readiness that is known before anybody asks."""

from __future__ import annotations

from threading import Event

import pytest

from skinapp.domain.errors import StoreTrouble, StoreUnavailable
from skinapp.ops.watch import LOOK_LASTS_AT_MOST_S, StoreWatch


class Records:
    def __init__(self):
        self.error = None
        self.looked = Event()

    def check(self):
        self.looked.set()
        if self.error:
            raise self.error


@pytest.fixture
def records():
    return Records()


def test_records_that_work_are_no_trouble(records):
    watch = StoreWatch(records.check)
    watch.look()
    assert watch.check() is None


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (StoreUnavailable(StoreTrouble.FULL), StoreTrouble.FULL),
        (StoreUnavailable(StoreTrouble.LOCKED), StoreTrouble.LOCKED),
        (ConnectionError("gone"), StoreTrouble.UNREACHABLE),
    ],
)
def test_trouble_is_remembered(records, error, trouble):
    watch = StoreWatch(records.check)
    records.error = error
    watch.look()
    with pytest.raises(StoreUnavailable) as found:
        watch.check()
    assert found.value.trouble is trouble


def test_trouble_that_is_over_is_forgotten_by_itself(records):
    watch = StoreWatch(records.check)
    records.error = StoreUnavailable(StoreTrouble.FULL)
    watch.look()
    records.error = None
    watch.look()
    assert watch.check() is None


def test_asking_does_not_look(records):
    watch = StoreWatch(records.check)
    watch.check()
    assert not records.looked.is_set()


def test_it_looks_again_and_again(records):
    watch = StoreWatch(records.check, every_s=0.01)
    watch.start()
    assert records.looked.wait(10)
    records.looked.clear()
    assert records.looked.wait(10)
    watch.stop()


def test_a_look_that_does_not_come_back_is_trouble(later):
    answers = Event()
    watch = StoreWatch(lambda: answers.wait(60), clock=later)
    watch.start()
    try:
        assert watch.check() is None
        later.ahead_s = LOOK_LASTS_AT_MOST_S + 1
        with pytest.raises(StoreUnavailable) as found:
            watch.check()
        assert found.value.trouble is StoreTrouble.UNREACHABLE
    finally:
        answers.set()
        watch.stop()
