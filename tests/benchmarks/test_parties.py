from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from benchmarks.full_house import is_fine, table
from benchmarks.parties import Act, Probes, ask_together
from benchmarks.servers import bare_server


@dataclass(frozen=True)
class Strangers:
    """They only tell in which process and in which session they are."""

    pause_s: float = 0.01

    def acts(self) -> Sequence[Act]:
        return [lambda: (f"{os.getpid()} {os.getsid(0)}", 0.0)]


def test_every_party_asks_from_a_process_and_a_session_of_its_own():
    told = [
        name.split() for times in ask_together([Strangers()] * 2, seconds=0.05) for name in times
    ]
    assert len({process for process, _ in told} - {str(os.getpid())}) == 2
    assert all(process == session for process, session in told)


@dataclass(frozen=True)
class Deserters:
    """One of the two loses its connection."""

    pause_s: float = 0.01

    def acts(self) -> Sequence[Act]:
        def lose() -> tuple[str, float]:
            raise ConnectionResetError("gone")

        return [lambda: ("fine", 0.0), lose]


def test_a_party_that_lost_one_of_its_clients_is_no_measurement():
    with pytest.raises(RuntimeError, match=r"1 of 2 stopped; ConnectionResetError\('gone'\)"):
        ask_together([Deserters()], seconds=0.05)


def test_a_probe_tells_the_answer_and_how_long_it_took():
    with bare_server() as bare:
        [(name, took_s)] = [act() for act in Probes(bare.port, ("/anything",)).acts()]
    assert name == "/anything 200"
    assert 0 < took_s < 30


def test_a_probe_that_nobody_answers_is_told_apart():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # never listens
        [act] = Probes(taken.getsockname()[1], ("/healthz",)).acts()
        assert act()[0] == "/healthz not answered"


def _rows(**healthz: list[float]) -> dict[str, dict[str, float]]:
    answered = {f"/healthz {answer}": times for answer, times in healthz.items()}
    return table({**answered, "/readyz 200": [0.004] * 100, "upload answered 303": [3.0]})


def test_probes_in_time_are_fine_however_long_uploads_take():
    assert is_fine(_rows(**{"200": [0.004] * 100}))


def test_two_late_probes_of_a_hundred_are_not_fine():
    assert not is_fine(_rows(**{"200": [0.004] * 98 + [0.2] * 2}))


def test_one_probe_without_an_answer_is_not_fine():
    assert not is_fine(_rows(**{"200": [0.004] * 100, "not answered": [0.001]}))


def _probed(**uploads: int) -> dict[str, dict[str, float]]:
    named = {f"upload {name.replace('_', ' ')}": [0.1] * n for name, n in uploads.items()}
    return table({"/healthz 200": [0.004], "/readyz 200": [0.004], **named})


def test_uploads_that_are_answered_or_turned_away_are_fine():
    assert is_fine(_probed(answered_303=1, turned_away=900))


@pytest.mark.parametrize("status", [400, 500])
def test_an_upload_that_fails_is_not_fine(status: int):
    assert not is_fine(_probed(answered_303=900, turned_away=10, **{f"answered_{status}": 1}))


def test_a_server_that_answers_no_upload_is_not_fine():
    assert not is_fine(_probed(turned_away=900))
    assert not is_fine(_probed())
