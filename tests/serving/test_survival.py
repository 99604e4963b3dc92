"""What the server does to nobody's photo, whatever is done to it."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.serving.conftest import Server, Start, wait_until
from tests.serving.readiness import readiness
from tests.serving.visitors import LOST, AllAtOnce, Visitor, visitors

TOY = "tests.serving.toy_app:app"
MANY = 50


@pytest.fixture
def begin(start: Start):
    """A server with the toy app that is ready."""

    def with_settings(**given: str) -> Server:
        server = start(app=TOY, SKINAPP_UPLOADS_PER_HOUR="0", **given)
        server.wait_ready()
        wait_until(lambda: len(_workers(server)) == 2)
        return server

    return with_settings


def _workers(server: Server) -> list[int]:
    pid = server.process.pid
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _begun(server: Server) -> int:
    return len(server.notes.read_text()) if server.notes.exists() else 0


def _cases(folder: Path) -> int:
    with sqlite3.connect(folder / "data" / "skinapp.sqlite3") as records:
        (count,) = records.execute("SELECT count(*) FROM cases").fetchone()
    records.close()
    return int(count)


def test_fifty_uploads_at_once_make_fifty_cases(begin):
    server = begin(SKINAPP_MAX_WAITING="64")
    answers = AllAtOnce(visitors(server.port, MANY)).answers()
    assert {visitor.status for visitor in answers} == {303}
    assert all(visitor.opens_its_case() for visitor in answers)


def test_fifty_uploads_at_a_small_door_get_a_case_or_a_word(begin, tmp_path: Path):
    server = begin(SKINAPP_MAX_WAITING="0", SKINAPP_THREADS="1", TOY_DELAY_S="0.5")
    answers = AllAtOnce(visitors(server.port, MANY)).answers()
    turned_away = [visitor for visitor in answers if visitor.status == 503]
    taken = [visitor for visitor in answers if visitor.status == 303]
    assert len(taken) + len(turned_away) == MANY
    assert taken
    assert turned_away
    assert all("Retry-After" in visitor.headers for visitor in turned_away)
    assert _cases(tmp_path) == len(taken)


def test_who_was_told_of_a_case_has_it_though_a_worker_was_killed(begin):
    server = begin(SKINAPP_MAX_WAITING="64", TOY_DELAY_S="0.3")
    uploads = AllAtOnce(visitors(server.port, MANY))
    wait_until(lambda: _begun(server) >= 8)
    os.kill(_workers(server)[0], signal.SIGKILL)
    answers = uploads.answers()
    assert {visitor.status for visitor in answers} <= {303, LOST}
    taken = [visitor for visitor in answers if visitor.status == 303]
    assert taken
    assert all(visitor.opens_its_case() for visitor in taken)


def test_a_server_that_is_stopped_finishes_every_upload(begin, tmp_path: Path):
    server = begin(SKINAPP_THREADS="8", TOY_DELAY_S="1")
    uploads = AllAtOnce(visitors(server.port, 8))
    wait_until(lambda: _begun(server) == 8)
    server.process.terminate()
    assert [visitor.status for visitor in uploads.answers()] == [303] * 8
    assert server.process.wait(60) == 0
    assert _cases(tmp_path) == 8


def _let_files_grow_to(server: Server, limit_bytes: int) -> None:
    """Stands for a full disk, on which a file can't grow either."""
    for pid in _workers(server):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit_bytes, hard))


def test_a_disk_that_takes_no_more_is_told_and_got_over(begin, tmp_path: Path):
    server = begin()
    visitor = Visitor(server.port).come_in()
    _let_files_grow_to(server, 4096)
    wait_until(lambda: readiness(server)[0] == 503)
    visitor.upload()
    assert visitor.status == 503
    assert "Cases can’t be kept at the moment" in visitor.page
    assert _cases(tmp_path) == 0
    _let_files_grow_to(server, resource.RLIM_INFINITY)
    wait_until(lambda: readiness(server) == (200, "ok"))
    assert visitor.upload().status == 303


def test_a_locked_database_is_told_and_got_over(begin, tmp_path: Path):
    server = begin()
    visitor = Visitor(server.port).come_in()
    other = sqlite3.connect(tmp_path / "data" / "skinapp.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    wait_until(lambda: readiness(server) == (503, "another program holds the database"))
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: readiness(server) == (200, "ok"))
    assert visitor.upload().status == 303
