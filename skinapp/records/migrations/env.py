"""Run by Alembic; the connection, in its transaction, comes from :mod:`skinapp.records.migrate`."""

from __future__ import annotations

from alembic import context

from skinapp.records.schema import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transactional_ddl=True,
    # SQLite can't alter a column in place: later migrations copy the table.
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
