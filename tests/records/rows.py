"""What a database holds, seen past the store."""

from __future__ import annotations

from sqlalchemy import text

from skinapp.records.engine import open_engine, parse_url


def rows(url: str, table: str) -> int:
    """How many there are in a table."""
    engine = open_engine(parse_url(url))
    with engine.connect() as connection:
        count = connection.scalar(text(f"SELECT count(*) FROM {table}"))
    engine.dispose()
    return int(count)
