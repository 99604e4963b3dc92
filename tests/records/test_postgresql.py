"""What is PostgreSQL's own: how it is named, what becomes of its errors, who waits for whom."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy.exc import DatabaseError

from skinapp.domain.errors import CaseKept, StoreTrouble
from skinapp.records import postgresql as opening
from skinapp.records.engine import DatabaseRefused, parse_url
from skinapp.records.migrate import ADVISORY_LOCK, upgrade
from skinapp.records.store import SqlCaseStore
from skinapp.records.trouble import trouble_of
from tests.cast import a_case
from tests.postgresql import PostgresqlServer
from tests.records.troubles import IMAGES, trouble_of_check, trouble_of_keeping


@pytest.fixture
def url(postgresql: PostgresqlServer) -> str:
    return postgresql.new_database()


@pytest.fixture
def other(url: str, store: SqlCaseStore) -> Iterator[psycopg.Connection]:
    """Another program on the same database."""
    store.check()  # the tables are there
    with closing(psycopg.connect(url)) as connection:
        yield connection


def _cases(other: psycopg.Connection) -> int:
    (count,) = other.execute("SELECT count(*) FROM cases").fetchone() or (0,)
    other.rollback()
    return count


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_usual_form_of_the_url_means_the_tested_driver(scheme: str):
    assert parse_url(f"{scheme}://db/skinapp").drivername == "postgresql+psycopg"


def test_a_server_that_is_gone_is_named_and_nothing_was_kept(
    store: SqlCaseStore, postgresql: PostgresqlServer
):
    store.add(a_case(), IMAGES, "owner")
    postgresql.stop()
    try:
        assert trouble_of_keeping(store) is StoreTrouble.UNREACHABLE
        assert trouble_of_check(store) is StoreTrouble.UNREACHABLE
    finally:
        postgresql.start()


def test_a_server_that_is_back_is_used_without_a_new_start(
    store: SqlCaseStore, postgresql: PostgresqlServer
):
    case = a_case()
    store.add(case, IMAGES, "owner")
    postgresql.stop()
    postgresql.start()
    assert store.get(case.id, "owner") == case


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://somebody:secret@127.0.0.1:1/cases",
        "postgresql://somebody@127.0.0.1:1/cases?password=secret",
    ],
)
def test_a_server_that_is_not_there_at_start_is_refused_without_the_password(url: str):
    with pytest.raises(DatabaseRefused, match="can't be used") as refusal:
        upgrade(url)
    assert "secret" not in str(refusal.value)


def test_a_database_that_may_only_be_read_is_named(
    store: SqlCaseStore, other: psycopg.Connection, url: str
):
    store.add(a_case(), IMAGES, "owner")
    name = parse_url(url).database
    other.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    other.commit()
    store.close()
    assert trouble_of_keeping(store) is StoreTrouble.READ_ONLY
    assert trouble_of_check(store) is StoreTrouble.READ_ONLY


def test_a_user_who_may_not_write_is_named(other: psycopg.Connection, url: str):
    other.execute("DROP ROLE IF EXISTS reader")
    other.execute("CREATE ROLE reader LOGIN")
    other.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    other.commit()
    query = parse_url(url).set(username="reader").render_as_string(hide_password=False)
    reader = SqlCaseStore(query)
    assert trouble_of_keeping(reader) is StoreTrouble.READ_ONLY
    assert trouble_of_check(reader) is StoreTrouble.READ_ONLY
    reader.close()
    other.execute("DROP OWNED BY reader")
    other.execute("DROP ROLE reader")
    other.commit()


def test_a_table_that_somebody_holds_is_waited_for_a_while_and_named(
    url: str, other: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(opening, "LOCK_TIMEOUT_S", 1)
    store = SqlCaseStore(url)
    other.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
    assert trouble_of_keeping(store) is StoreTrouble.LOCKED
    other.rollback()
    store.add(a_case(), IMAGES, "owner")
    assert _cases(other) == 1
    store.close()


def test_an_upgrade_waits_longer_for_another_than_a_request_would(
    url: str, other: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(opening, "LOCK_TIMEOUT_S", 1)
    began_s = time.monotonic()
    other.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
    # Ends the other's transaction, and with it the lock, when all of that time has passed.
    other.execute("SET LOCAL idle_in_transaction_session_timeout = '2s'")
    upgrade(url)
    assert time.monotonic() - began_s >= 2


@pytest.mark.parametrize(
    ("sqlstate", "trouble"),
    [
        ("53100", StoreTrouble.FULL),
        ("XX001", StoreTrouble.DAMAGED),
        ("57P03", StoreTrouble.UNREACHABLE),  # the server is starting or stopping
        ("22012", None),  # a division by zero would be our own mistake
    ],
)
def test_the_servers_own_codes_are_understood(
    store: SqlCaseStore, sqlstate: str, trouble: StoreTrouble | None
):
    raised = f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{sqlstate}'; END $$"
    with pytest.raises(DatabaseError) as failure, store._engine.connect() as connection:
        connection.exec_driver_sql(raised)
    assert trouble_of(failure.value) is trouble


def test_a_connection_leaves_nothing_that_a_pooler_would_give_to_others(store: SqlCaseStore):
    case = a_case()
    store.add(case, IMAGES, "owner")
    for _ in range(10):
        store.get(case.id, "owner")
    with store._engine.connect() as connection:
        prepared = connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements")
        assert prepared.scalar() == 0
        connection.rollback()
        own = connection.connection.dbapi_connection.execute("SHOW lock_timeout").fetchone()
    assert own == ("0",)


def test_a_connection_that_was_forgotten_on_the_way_is_not_waited_for(store: SqlCaseStore):
    with store._engine.connect() as connection:
        options = connection.connection.dbapi_connection.info.get_parameters()
    assert options["tcp_user_timeout"] == "10000"
    assert options["connect_timeout"] == "5"


def test_no_part_of_an_error_tells_the_id_of_the_case(store: SqlCaseStore):
    case = a_case()
    store.add(case, IMAGES, "owner")
    with pytest.raises(CaseKept) as failure:
        store.add(case, IMAGES, "owner")
    logged = "".join(traceback.format_exception(failure.value))
    assert "duplicate key" in logged
    assert case.id not in logged


def test_no_row_is_locked_for_others_by_a_look(store: SqlCaseStore, other: psycopg.Connection):
    case = a_case()
    store.add(case, IMAGES, "owner")
    store.check()
    other.execute("SET lock_timeout = '1s'")
    assert other.execute("DELETE FROM cases").rowcount == 1


def test_a_look_does_not_wait_for_a_case_that_is_being_deleted(
    store: SqlCaseStore, other: psycopg.Connection
):
    store.add(a_case(), IMAGES, "owner")
    other.execute("DELETE FROM cases")
    assert store.check() is None
