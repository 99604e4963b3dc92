"""Bringing the database to its present form, at every start."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, Connection, Engine, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from skinapp.records.engine import (
    DatabaseRefused,
    is_sqlite,
    open_engine,
    open_sqlite_file,
    parse_url,
    sqlite_path,
)

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
# Any number will do, as long as no other program uses it on the same PostgreSQL database.
ADVISORY_LOCK = 7_305_110_912


def upgrade(url: str) -> None:
    """Make or migrate the database.  Several processes may call this at once: one does the work.

    Raises :class:`DatabaseRefused` where it can't be opened, or is newer than this program.
    """
    parsed = parse_url(url)
    try:
        with _one_at_a_time(parsed):
            engine = open_engine(parsed)
            try:
                _upgrade(engine)
            finally:
                engine.dispose()
    except (DBAPIError, sqlite3.Error, OSError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        # What stands behind the name may be a password, too.
        shown = parsed.set(query={}).render_as_string(hide_password=True)
        raise DatabaseRefused(f"The database {shown} can't be used: {reason}") from error


def known_revisions() -> list[str]:
    """The revisions in the order in which they are applied; the files are named after them."""
    return sorted(path.stem.split("_")[1] for path in (MIGRATIONS / "versions").glob("rev_*.py"))


@contextmanager
def _one_at_a_time(url: URL) -> Iterator[None]:
    path = sqlite_path(url) if is_sqlite(url) else None
    if path is None:
        yield  # _upgrade takes the server's lock
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        open_sqlite_file(path)
        yield


def _upgrade(engine: Engine) -> None:
    _make_sqlite_transactional(engine)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Another process may migrate for longer than a request would wait.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        found = _found_revision(connection)
        revisions = known_revisions()
        if found is not None and found not in revisions:
            raise DatabaseRefused(
                f"The database has form {found}, this version of skinapp knows up to "
                f"{revisions[-1]}: it was made by a newer version"
            )
        if found != revisions[-1]:
            migrate(connection, "head")
            _refuse_orphans(connection)


def _make_sqlite_transactional(engine: Engine) -> None:
    """Python's sqlite3 commits before every CREATE; a migration must be whole or not at all."""
    if engine.dialect.name != "sqlite":
        return

    def leave_transactions_alone(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        # A migration that copies a table drops the old one, which would delete, row by row, what
        # hangs on it: the photos.  Within the transaction it is too late to say so.
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", leave_transactions_alone)
    event.listen(engine, "begin", begin)


def _refuse_orphans(connection: Connection) -> None:
    """What SQLite would have refused, had it looked while the tables were copied."""
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise DatabaseRefused("The migration of the database would have left pictures without case")


def _found_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def migrate(connection: Connection, target: Literal["head", "base"]) -> None:
    """Go all the way up, or back down to nothing, in the open transaction."""
    # Imported here: Alembic is slow to import, and nearly every start finds nothing to do.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    (command.downgrade if target == "base" else command.upgrade)(config, target)
