"""What the outside world does to a database."""

from __future__ import annotations

import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from skinapp.domain.case import CaseImages
from skinapp.domain.errors import CaseNotFound, StoreTrouble
from skinapp.records import trouble
from skinapp.records.store import SqlCaseStore
from tests.cast import NOON, a_case
from tests.records.troubles import IMAGES, trouble_of_check, trouble_of_keeping

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def lock(database: Path, store: SqlCaseStore) -> Iterator[sqlite3.Connection]:
    """Another program that holds the database."""
    store.add(a_case(), IMAGES, "owner")  # SQLite makes its files beside it
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "_CHECK_BUSY_TIMEOUT_S", 0)


def _with_each_connection(store: SqlCaseStore, pragma: str) -> None:
    store.close()
    event.listen(
        store._engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}")
    )


def test_a_full_disk_is_named_and_leaves_nothing_behind(store: SqlCaseStore, database: Path):
    _with_each_connection(store, "max_page_count = 20")
    assert trouble_of_keeping(store) is StoreTrouble.FULL
    with sqlite3.connect(database) as other:
        assert other.execute("SELECT count(*) FROM cases").fetchone() == (0,)
    other.close()


def test_a_read_only_database_is_named(store: SqlCaseStore):
    _with_each_connection(store, "query_only = 1")
    assert trouble_of_keeping(store) is StoreTrouble.READ_ONLY
    assert trouble_of_check(store) is StoreTrouble.READ_ONLY


@pytest.mark.usefixtures("lock", "impatient")
def test_a_locked_database_is_named(store: SqlCaseStore):
    assert trouble_of_check(store) is StoreTrouble.LOCKED


@pytest.mark.usefixtures("impatient")
def test_a_lock_that_is_gone_is_no_trouble(store: SqlCaseStore, lock: sqlite3.Connection):
    trouble_of_check(store)
    lock.execute("ROLLBACK")
    assert store.check() is None


@pytest.mark.usefixtures("lock")
def test_a_locked_database_can_be_read(store: SqlCaseStore):
    assert store.made_since("owner", NOON.replace(year=2000)) == (NOON,)


def test_a_disk_that_is_nearly_full_counts_as_full(
    store: SqlCaseStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(10**9, 10**9, 1_000_000))
    assert trouble_of_check(store) is StoreTrouble.FULL


def test_case_leaves_the_room_that_it_takes_to_delete_another(
    store: SqlCaseStore, monkeypatch: pytest.MonkeyPatch
):
    case = a_case()
    store.add(case, IMAGES, "owner")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(10**9, 10**9, 31_000_000))
    assert trouble_of_keeping(store) is StoreTrouble.FULL
    store.delete(case.id, "owner")
    with pytest.raises(CaseNotFound):
        store.get(case.id, "owner")


def test_room_that_deleted_cases_have_left_inside_the_file_counts(
    store: SqlCaseStore, monkeypatch: pytest.MonkeyPatch
):
    case = a_case()
    store.add(case, CaseImages(photo_jpeg=bytes(30_000_000), overlay_png=b""), "owner")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(10**9, 10**9, 10_000_000))
    assert trouble_of_check(store) is StoreTrouble.FULL
    store.delete(case.id, "owner")
    assert store.check() is None


def test_a_file_that_is_no_database_is_named(store: SqlCaseStore, database: Path):
    store.close()
    database.write_bytes(b"this was a database once" * 1000)
    assert trouble_of_keeping(store) is StoreTrouble.DAMAGED


def test_checking_changes_nothing(store: SqlCaseStore, database: Path):
    case = a_case()
    store.add(case, IMAGES, "owner")
    for _ in range(3):
        store.check()
    assert store.get(case.id, "owner") == case
    with sqlite3.connect(database) as other:
        assert other.execute("PRAGMA user_version").fetchone() == (0,)
    other.close()


def test_an_owners_younger_cases_are_counted_and_nobody_elses(store: SqlCaseStore):
    for hour in (9, 11, 12):
        store.add(a_case(created_at=NOON.replace(hour=hour)), IMAGES, "owner")
    store.add(a_case(), IMAGES, "stranger")
    assert store.made_since("owner", NOON.replace(hour=10)) == (NOON.replace(hour=11), NOON)
