"""What a database's errors mean, and finding out before somebody's photo is lost to one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from skinapp.domain.errors import StoreTrouble, StoreUnavailable
from skinapp.records.engine import BUSY_TIMEOUT_S, is_sqlite, sqlite_path
from skinapp.records.schema import CaseRow

# Below this it counts as full: room for some cases, and for the write-ahead log beside them.
LEAST_FREE_BYTES = 32_000_000
# The log needs room of its own, whatever the file itself still holds.
_LEAST_LOG_BYTES = 8_000_000
# A writer that is in nobody's way holds the database for milliseconds.
_CHECK_BUSY_TIMEOUT_S = 2

_PRIMARY_CODE = 0xFF
_MEANING = {
    sqlite3.SQLITE_FULL: StoreTrouble.FULL,
    sqlite3.SQLITE_READONLY: StoreTrouble.READ_ONLY,
    sqlite3.SQLITE_BUSY: StoreTrouble.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreTrouble.LOCKED,
    sqlite3.SQLITE_CORRUPT: StoreTrouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: StoreTrouble.DAMAGED,
}
# PostgreSQL's own codes, its manual's appendix A.
_MEANING_OF_SQLSTATE = {
    "53100": StoreTrouble.FULL,
    "25006": StoreTrouble.READ_ONLY,
    "42501": StoreTrouble.READ_ONLY,  # this user may not write
    "55P03": StoreTrouble.LOCKED,
    "40P01": StoreTrouble.LOCKED,
    "XX001": StoreTrouble.DAMAGED,
    "XX002": StoreTrouble.DAMAGED,
}


@contextmanager
def told_as_trouble() -> Iterator[None]:
    """Turn what the outside world does to a database into a fact; our own mistakes stay errors.

    Raises :class:`~skinapp.domain.errors.StoreUnavailable`.
    """
    try:
        yield
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        raise StoreUnavailable(trouble) from error


def trouble_of(error: Exception) -> StoreTrouble | None:
    """What an error means; None for one that is our own mistake."""
    cause = getattr(error, "orig", None)
    code = getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE
    meaning = _MEANING.get(code) or _MEANING_OF_SQLSTATE.get(getattr(cause, "sqlstate", None) or "")
    if meaning:
        return meaning
    outside = isinstance(error, OperationalError | InterfaceError | PoolTimeoutError | OSError)
    return StoreTrouble.UNREACHABLE if outside else None


def check_writable(engine: Engine) -> None:
    """Find the tables and write a little, which meets locks, full disks and read-only databases.

    Raises what the database raises, and StoreUnavailable where there is little room.
    """
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            # A lock on a row is written into it, and refused where nothing may be.
            connection.execute(select(CaseRow.id).limit(1).with_for_update(skip_locked=True))
            connection.rollback()
            return
        with patience(connection, _CHECK_BUSY_TIMEOUT_S):
            _write_what_is_there(connection)
        refuse_where_full(connection)


def refuse_where_full(connection: Connection) -> None:
    """Raise StoreUnavailable where SQLite has little room left.

    Cases must not take the last of it: to delete one takes room in the log.
    """
    url = connection.engine.url
    path = sqlite_path(url) if is_sqlite(url) else None
    if path is None:
        return
    free = shutil.disk_usage(path.parent).free
    if free >= LEAST_FREE_BYTES:
        return
    if free < _LEAST_LOG_BYTES or free + _reusable_bytes(connection) < LEAST_FREE_BYTES:
        raise StoreUnavailable(StoreTrouble.FULL)


@contextmanager
def patience(connection: Connection, seconds: int) -> Iterator[None]:
    """Let a connection to SQLite wait for locks no longer than this, for a while."""
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {1000 * seconds}")
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {1000 * BUSY_TIMEOUT_S}")


def _reusable_bytes(connection: Connection) -> int:
    """What deleted cases have left inside the file, which never shrinks."""
    pages = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())


def _write_what_is_there(connection: Connection) -> None:
    """Write a number of the file's header again: one page, nothing changed."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    connection.execute(select(CaseRow.id).limit(1))
    number = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA user_version = {int(number)}")
    connection.commit()
