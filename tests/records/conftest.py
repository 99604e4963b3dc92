from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "skinapp.sqlite3"


@pytest.fixture
def url(database: Path) -> str:
    return f"sqlite:///{database}"


@pytest.fixture
def store(url: str) -> Iterator[SqlCaseStore]:
    upgrade(url)
    store = SqlCaseStore(url)
    yield store
    store.close()
