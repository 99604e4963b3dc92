"""What is kept for whom, and what a database holds, seen past the store."""

from __future__ import annotations

from sqlalchemy import text

from skinapp.domain.case import CaseImages
from skinapp.records.engine import open_engine, parse_url

OWNER = "the session that made it"
STRANGER = "another session"
IMAGES = CaseImages(photo_jpeg=b"\xff\xd8 photo", overlay_png=b"\x89PNG overlay")


def rows(url: str, table: str) -> int:
    """How many there are in a table."""
    engine = open_engine(parse_url(url))
    with engine.connect() as connection:
        count = connection.scalar(text(f"SELECT count(*) FROM {table}"))
    engine.dispose()
    return int(count)


def make_unreadable(url: str) -> None:
    """Let every record be of a version that is not known here."""
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE cases SET assessment = '{\"form\": 99}'"))
    engine.dispose()
