"""Opening PostgreSQL, where a clinic keeps its records there."""

from __future__ import annotations

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import IntegrityError

# A host that swallows packets, or a table that somebody holds, costs a request no more than this.
LOCK_TIMEOUT_S = 10
POOL_TIMEOUT_S = 5
_OF_THE_DRIVER = {
    "connect_timeout": 5,
    # A connection that a firewall has forgotten is not waited for, as it would be for a quarter of
    # an hour.
    "tcp_user_timeout": 10_000,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # A pooler between (PgBouncer) hands each transaction to another connection of the server's,
    # which has not seen what was prepared.
    "prepare_threshold": None,
}


def open_postgresql(url: URL) -> Engine:
    """An engine that waits neither for a host nor for a lock for ever; its errors hold no values.

    Raises :class:`ModuleNotFoundError` where the driver is not installed.
    """
    engine = create_engine(
        url,
        # Whoever has waited for a turn has to see what the one before added.
        isolation_level="READ COMMITTED",
        # A server closes idle connections: ask before use instead of failing a request.
        pool_pre_ping=True,
        max_overflow=15,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,
        connect_args=_OF_THE_DRIVER,
    )
    event.listen(engine, "begin", _limit_waiting)
    event.listen(engine, "handle_error", _forget_values)
    return engine


def take_turns(connection: Connection, owner_hash: str) -> None:
    """Let no other transaction of this owner (a hash in hexadecimal) pass until this one ends.

    Two that count at once don't see what the other one adds.
    """
    key = int.from_bytes(bytes.fromhex(owner_hash)[:8], signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(key)))


def _limit_waiting(connection: Connection) -> None:
    # Of the transaction, not the session: a pooler would leave it to somebody else.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")


def _forget_values(context: ExceptionContext) -> None:
    """PostgreSQL adds the row to what it says of a broken rule, and errors end in the log."""
    if isinstance(context.sqlalchemy_exception, IntegrityError):
        told = str(context.original_exception).partition("\n")[0]
        context.original_exception.args = (told,)
        context.sqlalchemy_exception.args = (told,)
