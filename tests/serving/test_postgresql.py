"""The server with its records in a real PostgreSQL, which comes and goes."""

from __future__ import annotations

import pytest

from tests.postgresql import PostgresqlServer
from tests.serving.conftest import Server, Start, wait_until
from tests.serving.readiness import readiness
from tests.serving.visitors import AllAtOnce, Visitor, visitors

MANY = 30


@pytest.fixture
def server(start: Start, postgresql: PostgresqlServer) -> Server:
    running = start(
        app="tests.serving.toy_app:app",
        SKINAPP_DATABASE_URL=postgresql.new_database(),
        SKINAPP_UPLOADS_PER_HOUR="0",
        SKINAPP_MAX_WAITING="64",
    )
    running.wait_ready()
    return running


def test_many_uploads_at_once_make_as_many_cases(server: Server):
    answers = AllAtOnce(visitors(server.port, MANY)).answers()
    assert {visitor.status for visitor in answers} == {303}
    assert all(visitor.opens_its_case() for visitor in answers)


def test_a_database_that_goes_away_is_told_and_got_over(
    server: Server, postgresql: PostgresqlServer
):
    visitor = Visitor(server.port).come_in()
    assert visitor.upload().status == 303
    kept = visitor.location
    postgresql.stop()
    try:
        wait_until(lambda: readiness(server) == (503, "the database can’t be reached or written"))
        visitor.upload()
        assert visitor.status == 503
        assert "Cases can’t be kept at the moment" in visitor.page
    finally:
        postgresql.start()
    wait_until(lambda: readiness(server) == (200, "ok"))
    visitor.location = kept
    assert visitor.opens_its_case()
    assert visitor.upload().status == 303
