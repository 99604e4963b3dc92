from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from tests.postgresql import PostgresqlServer


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "skinapp.sqlite3"


@pytest.fixture
def url(database: Path) -> str:
    """Of SQLite, where a test is about its file."""
    return f"sqlite:///{database}"


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest) -> str:
    """Of each database in which records can be kept."""
    if request.param == "sqlite":
        return request.getfixturevalue("url")
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def store(url: str) -> Iterator[SqlCaseStore]:
    yield from _ready(url)


@pytest.fixture
def any_store(any_url: str) -> Iterator[SqlCaseStore]:
    yield from _ready(any_url)


def _ready(url: str) -> Iterator[SqlCaseStore]:
    upgrade(url)
    store = SqlCaseStore(url)
    yield store
    store.close()
