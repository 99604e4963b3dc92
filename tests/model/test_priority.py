"""Threads that compute step back behind those that answer."""

import os
import sys
import threading

import pytest

from skinapp.model.priority import NICE, at_low_priority

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority there")


def own_nice():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def nice_of_a_new_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(own_nice()))
    thread.start()
    thread.join()
    return found[0]


@linux_only
def test_threads_that_are_begun_there_step_back_too():
    assert at_low_priority(nice_of_a_new_thread) == own_nice() + NICE


@linux_only
def test_who_asks_keeps_the_priority():
    before = own_nice()
    at_low_priority(own_nice)
    assert (own_nice(), nice_of_a_new_thread()) == (before, before)


def test_failure_there_reaches_who_asked():
    with pytest.raises(ZeroDivisionError):
        at_low_priority(lambda: 1 / 0)


@linux_only
def test_it_is_done_all_the_same_where_priorities_are_forbidden(monkeypatch):
    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr("os.setpriority", forbidden)
    assert at_low_priority(lambda: "done") == "done"
