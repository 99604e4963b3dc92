"""Opening PostgreSQL, where a clinic keeps its records there."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

# A host that swallows packets, or a table that somebody holds, costs a request no more than this.
CONNECT_TIMEOUT_S = 5
LOCK_TIMEOUT_S = 10


def open_postgresql(url: URL) -> Engine:
    """An engine whose requests never wait for ever, and whose errors hold no values.

    Raises :class:`ModuleNotFoundError` where the driver is not installed.
    """
    engine = create_engine(
        url,
        # A server closes idle connections: ask before use instead of failing a request.
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )
    event.listen(engine, "connect", _limit_waiting)
    event.listen(engine, "handle_error", _forget_values)
    return engine


def _limit_waiting(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
    cursor.close()
    # Else the setting would be undone with the connection's first transaction.
    connection.commit()


def _forget_values(context: ExceptionContext) -> None:
    """PostgreSQL adds the row to what it says of a broken rule, and errors end in the log."""
    if isinstance(context.sqlalchemy_exception, IntegrityError):
        told = str(context.original_exception).partition("\n")[0]
        context.original_exception.args = (told,)
        context.sqlalchemy_exception.args = (told,)
