"""Opening the database."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from skinapp.domain.errors import SkinappError
from skinapp.records.postgresql import open_postgresql

BUSY_TIMEOUT_S = 10
_OF_OTHERS = 0o077
# Others lack what the records rely on: MySQL's BLOB ends at 64 kB, and a purge's LIMIT is an error.
_DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg"}
# What platforms hand out; SQLAlchemy takes the first for an older driver, and not the second.
_BARE_POSTGRESQL = frozenset({"postgresql", "postgres"})


class DatabaseRefused(SkinappError):
    """The database can't be used; the message says why."""


def parse_url(url: str) -> URL:
    """Raise :class:`DatabaseRefused` for any that can't keep cases for several processes."""
    try:
        parsed = make_url(url)
        if parsed.drivername in _BARE_POSTGRESQL:
            parsed = parsed.set(drivername=f"postgresql+{_DRIVERS['postgresql']}")
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        # The URL itself stays out of the message: it may hold a password.
        raise DatabaseRefused("SKINAPP_DATABASE_URL is not a URL that SQLAlchemy knows") from None
    if _DRIVERS.get(parsed.get_backend_name()) != parsed.get_driver_name():
        raise DatabaseRefused(
            "SKINAPP_DATABASE_URL: records are kept in SQLite or PostgreSQL (with psycopg)"
        )
    if is_sqlite(parsed) and sqlite_path(parsed) is None:
        raise DatabaseRefused("SKINAPP_DATABASE_URL: a database in memory can't be shared")
    if is_sqlite(parsed) and (parsed.query or str(parsed.database).startswith("file:")):
        # SQLite's own URIs name files, and options, that nobody here would look after.
        raise DatabaseRefused("SKINAPP_DATABASE_URL: give SQLite a path, sqlite:////folder/file")
    return parsed


def is_sqlite(url: URL) -> bool:
    """Whether the embedded database is meant."""
    return url.get_backend_name() == "sqlite"


def sqlite_path(url: URL) -> Path | None:
    """The database's file; ``None`` for one in memory."""
    if not url.database or ":memory:" in url.database or "mode=memory" in str(url):
        return None
    return Path(url.database)


def open_engine(url: URL) -> Engine:
    """An engine with everything set that the records rely on.  Nothing is opened yet.

    Its exceptions hold no parameters: they end in the log, where ids and photos have no place.
    Raises :class:`DatabaseRefused` where the driver is not installed.
    """
    try:
        if is_sqlite(url):
            engine = create_engine(
                url, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True
            )
            event.listen(engine, "connect", _prepare_sqlite)
            return engine
        return open_postgresql(url)
    except ModuleNotFoundError as error:
        raise DatabaseRefused(
            f"SKINAPP_DATABASE_URL needs the Python package {error.name}, which is not installed"
        ) from None


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # Deleted photos are overwritten with zeros, not just forgotten.
    cursor.execute("PRAGMA secure_delete = ON")
    # In WAL mode NORMAL survives a crash of the process; a power cut may cost the last case.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def open_sqlite_file(path: Path) -> None:
    """Make the database's file, private to this user, and switch it to write-ahead logging.

    Readers then never wait for a writer.  The files beside it inherit its permissions.
    """
    path.touch(mode=0o600, exist_ok=True)
    if stat.S_IMODE(path.stat().st_mode) & _OF_OTHERS:
        # A copy that was put back has the rights that copying gave it.  Another user's stays so.
        with suppress(OSError):
            path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
