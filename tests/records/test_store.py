from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import IntegrityError

from skinapp.domain.case import new_case_id
from skinapp.domain.errors import (
    CaseNotFound,
    RecordUnreadable,
    StoreUnavailable,
)
from skinapp.domain.quality import QualityFinding, QualityProblem
from skinapp.records import store as store_module
from skinapp.records.engine import BUSY_TIMEOUT_S
from skinapp.records.store import SqlCaseStore
from tests.cast import NOON, UNSURE, a_case
from tests.records.rows import IMAGES, OWNER, STRANGER, make_unreadable, rows


def test_a_case_comes_back_as_it_was(any_store: SqlCaseStore):
    case = a_case(UNSURE, (QualityFinding(QualityProblem.BLURRED, 0.1, 0.25),))
    any_store.add(case, IMAGES, OWNER)
    assert any_store.get(case.id, OWNER) == case


def test_it_is_told_when_a_case_was_made(any_store: SqlCaseStore):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    assert any_store.made_at(case.id, OWNER) == case.created_at
    with pytest.raises(CaseNotFound):
        any_store.made_at(case.id, STRANGER)


def test_of_a_record_of_another_version_the_time_and_the_pictures_can_be_read(
    any_store: SqlCaseStore, any_url: str
):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    make_unreadable(any_url)
    with pytest.raises(RecordUnreadable):
        any_store.get(case.id, OWNER)
    assert any_store.made_at(case.id, OWNER) == case.created_at
    assert any_store.images(case.id, OWNER) == IMAGES
    any_store.delete(case.id, OWNER)


def test_newest_cases_of_an_owner_are_listed_and_no_others(any_store: SqlCaseStore):
    made = [
        replace(a_case(), id=new_case_id(), created_at=NOON + timedelta(hours=hour))
        for hour in range(4)
    ]
    for case in made:
        any_store.add(case, IMAGES, OWNER)
    any_store.add(replace(a_case(), id=new_case_id()), IMAGES, STRANGER)
    entries = any_store.recent(OWNER, NOON, 2)
    assert [entry.case for entry in entries] == made[:1:-1]
    assert [entry.id for entry in any_store.recent(OWNER, NOON, 9)] == [
        case.id for case in made[:0:-1]
    ]


def test_case_of_another_version_is_listed_without_its_record(
    any_store: SqlCaseStore, any_url: str
):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    make_unreadable(any_url)
    [entry] = any_store.recent(OWNER, case.created_at - timedelta(hours=1), 9)
    assert (entry.id, entry.created_at, entry.case) == (case.id, case.created_at, None)


def test_pictures_come_back_as_they_were(any_store: SqlCaseStore):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    assert any_store.images(case.id, OWNER) == IMAGES


def test_time_of_a_case_is_utc_wherever_it_was_made(any_store: SqlCaseStore):
    made = datetime(2026, 5, 4, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    case = a_case(created_at=made)
    any_store.add(case, IMAGES, OWNER)
    kept = any_store.get(case.id, OWNER).created_at
    assert (kept, kept.tzinfo) == (made, UTC)


@pytest.mark.parametrize("call", ["get", "images", "delete"])
def test_a_stranger_learns_no_more_than_that_there_is_no_case(any_store: SqlCaseStore, call: str):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    with pytest.raises(CaseNotFound) as stranger:
        getattr(any_store, call)(case.id, STRANGER)
    with pytest.raises(CaseNotFound) as missing:
        getattr(any_store, call)(new_case_id(), STRANGER)
    assert stranger.value.args == missing.value.args


@pytest.mark.parametrize("text", ["no-such-case", "", "\0", "a" * 21 + "\0", "\udcff" * 22])
def test_what_is_no_id_is_no_case_for_any_database(any_store: SqlCaseStore, text: str):
    with pytest.raises(CaseNotFound):
        any_store.get(text, OWNER)


def test_a_stranger_deletes_nothing(any_store: SqlCaseStore):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    with pytest.raises(CaseNotFound):
        any_store.delete(case.id, STRANGER)
    assert any_store.images(case.id, OWNER) == IMAGES


def test_a_deleted_case_is_gone_with_its_pictures(any_store: SqlCaseStore, any_url: str):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    any_store.delete(case.id, OWNER)
    with pytest.raises(CaseNotFound):
        any_store.get(case.id, OWNER)
    assert (rows(any_url, "cases"), rows(any_url, "case_images")) == (0, 0)


def test_no_byte_of_a_deleted_photo_stays_on_disk(store: SqlCaseStore, database: Path):
    photo = os.urandom(200_000)
    case = a_case()
    store.add(case, replace(IMAGES, photo_jpeg=photo), OWNER)
    store.delete(case.id, OWNER)
    on_disk = b"".join(path.read_bytes() for path in database.parent.iterdir())
    assert not any(photo[i : i + 32] in on_disk for i in range(0, len(photo), 500))


def test_a_case_whose_pictures_fail_is_not_kept(any_store: SqlCaseStore, any_url: str):
    case = a_case()
    with pytest.raises(IntegrityError):
        any_store.add(case, replace(IMAGES, overlay_png=None), OWNER)  # type: ignore[arg-type]  # on purpose
    assert rows(any_url, "cases") == 0


def test_a_deletion_waits_for_no_reader(store: SqlCaseStore, database: Path):
    first, second = a_case(), replace(a_case(), id=new_case_id())
    store.add(first, IMAGES, OWNER)
    store.add(second, IMAGES, OWNER)
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM cases").fetchone()
        began_s = time.monotonic()
        store.delete(first.id, OWNER)
        # With the usual patience the log would be waited for, all writers kept out meanwhile.
        assert time.monotonic() - began_s < BUSY_TIMEOUT_S / 2
    store.delete(second.id, OWNER)
    assert database.with_name(database.name + "-wal").stat().st_size == 0


def test_a_purge_catches_up_with_a_deletion_that_somebody_read_through(
    store: SqlCaseStore, database: Path
):
    case = a_case()
    store.add(case, IMAGES, OWNER)
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM cases").fetchone()
        store.delete(case.id, OWNER)
    log = database.with_name(database.name + "-wal")
    assert log.stat().st_size > 0
    store.purge(NOON - timedelta(days=365))
    assert log.stat().st_size == 0


def test_purging_removes_all_that_is_older_some_at_a_time(
    any_store: SqlCaseStore, any_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store_module, "_PURGED_AT_ONCE", 2)
    left = []
    monkeypatch.setattr(
        store_module,
        "time",
        SimpleNamespace(sleep=lambda _seconds: left.append(rows(any_url, "cases"))),
    )
    for _ in range(5):
        any_store.add(replace(a_case(), id=new_case_id()), IMAGES, OWNER)
    assert any_store.purge(NOON + timedelta(days=1)) == 5
    assert left == [3, 1, 0]
    assert rows(any_url, "cases") == 0
    assert rows(any_url, "case_images") == 0


def test_purging_removes_only_what_is_older(any_store: SqlCaseStore, any_url: str):
    old, at_the_bound = a_case(created_at=NOON - timedelta(seconds=1)), a_case(created_at=NOON)
    for case in (old, at_the_bound):
        any_store.add(case, IMAGES, OWNER)
    assert any_store.purge(NOON) == 1
    assert any_store.get(at_the_bound.id, OWNER) == at_the_bound
    assert rows(any_url, "case_images") == 1


def test_the_owner_secret_is_not_kept(store: SqlCaseStore, database: Path):
    store.add(a_case(), IMAGES, OWNER)
    on_disk = b"".join(path.read_bytes() for path in database.parent.iterdir())
    assert OWNER.encode() not in on_disk


def test_a_case_is_read_while_another_process_writes(store: SqlCaseStore, database: Path):
    case = a_case()
    store.add(case, IMAGES, OWNER)
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert store.get(case.id, OWNER) == case
    finally:
        writer.close()


def test_check_passes_on_a_ready_database(any_store: SqlCaseStore):
    assert any_store.check() is None


def test_check_fails_without_tables(url: str):
    store = SqlCaseStore(url)
    with pytest.raises(StoreUnavailable):
        store.check()
    store.close()
