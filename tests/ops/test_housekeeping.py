"""What has to happen from time to time."""

from __future__ import annotations

from threading import Event

import pytest

from skinapp.ops.housekeeping import Housekeeper


@pytest.fixture
def keep():
    keepers = []

    def begin(purge):
        keeper = Housekeeper(purge, every_s=0.01)
        keepers.append(keeper)
        keeper.start()

    yield begin
    for keeper in keepers:
        keeper.stop()


def test_expired_cases_are_purged_again_and_again(keep):
    calls, often = [], Event()

    def purge():
        calls.append(1)
        if len(calls) == 3:
            often.set()
        return 1

    keep(purge)
    assert often.wait(10)


def test_purge_that_fails_is_tried_again(keep):
    calls, again = [], Event()

    def purge():
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the database is locked")
        again.set()
        return 0

    keep(purge)
    assert again.wait(10)
