"""The counter at the door."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from skinapp.domain.errors import TooBusy
from skinapp.intake.admission import Admission


def test_as_many_come_in_as_are_worked_on_and_may_wait():
    admission = Admission(at_once=2, waiting=1)
    for _ in range(3):
        admission.enter()
    assert admission.inside == 3


def test_one_more_is_turned_away_and_told_when_to_come_again():
    admission = Admission(at_once=1, waiting=0)
    admission.enter()
    with pytest.raises(TooBusy) as refusal:
        admission.enter()
    assert refusal.value.retry_after_s > 0
    assert admission.inside == 1


def test_who_leaves_makes_room():
    admission = Admission(at_once=1, waiting=0)
    admission.enter()
    admission.leave()
    admission.enter()
    assert admission.inside == 1


def test_one_waits_until_another_is_done():
    admission = Admission(at_once=1, waiting=1)
    seen: list[str] = []
    began = Event()

    def second() -> None:
        began.set()
        with admission.turn():
            seen.append("second")

    with admission.turn():
        thread = Thread(target=second)
        thread.start()
        began.wait(10)
        seen.append("first")
    thread.join(10)
    assert seen == ["first", "second"]


def test_a_turn_that_fails_is_given_on():
    admission = Admission(at_once=1, waiting=0)
    with pytest.raises(ValueError, match="broken"), admission.turn():
        raise ValueError("broken")
    with admission.turn():
        assert admission.inside == 0
