"""What a request asks of the database must not grow with the cases of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, event, text

from skinapp.domain.case import CaseImages, new_case_id
from skinapp.domain.errors import CaseNotFound
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from tests.cast import NOON, a_case

OWNER = "somebody"


@pytest.fixture
def plans() -> Iterator[list[str]]:
    """How SQLite goes about every statement from here on, as its planner says."""
    found: list[str] = []

    def explain(connection, _cursor, statement, parameters, _context, _many):
        if statement.split()[0] in {"SELECT", "DELETE"}:
            raw = connection.connection.cursor()
            rows = raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            found.extend(str(row[3]) for row in rows)

    event.listen(Engine, "before_cursor_execute", explain)
    yield found
    event.remove(Engine, "before_cursor_execute", explain)


def _delete(store: SqlCaseStore) -> None:
    with pytest.raises(CaseNotFound):
        store.delete(new_case_id(), OWNER)


@pytest.mark.parametrize(
    "ask",
    [
        lambda store, case: store.get(case, OWNER),
        lambda store, case: store.made_at(case, OWNER),
        lambda store, case: store.images(case, OWNER),
        lambda store, _: store.made_since(OWNER, NOON - timedelta(hours=1)),
        lambda store, _: store.recent(OWNER, NOON - timedelta(hours=1), 51),
        lambda store, _: store.purge(NOON - timedelta(days=30)),
        lambda store, _: _delete(store),
    ],
    ids=["open", "time", "pictures", "quota", "list", "purge", "delete"],
)
def test_no_request_looks_through_all_cases(
    store: SqlCaseStore, plans: list[str], ask: Callable[[SqlCaseStore, str], object]
):
    case = a_case()
    store.add(case, CaseImages(b"jpeg", b"png"), OWNER)
    plans.clear()
    ask(store, case.id)
    assert plans
    # A list of ids that was searched for is no look at all cases.
    steps = [plan for plan in plans if not plan.startswith("LIST SUBQUERY")]
    assert [step for step in steps if not step.startswith("SEARCH")] == []


def test_the_quota_looks_at_the_owners_own_cases_only(store: SqlCaseStore, plans: list[str]):
    store.made_since(OWNER, NOON - timedelta(hours=1))
    (plan,) = plans
    assert "COVERING INDEX ix_cases_owner_hash_created_at (owner_hash=? AND created_at>?)" in plan


def test_a_database_without_the_index_gets_it(url: str, store: SqlCaseStore):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_cases_owner_hash_created_at"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    store.add(a_case(), CaseImages(b"jpeg", b"png"), OWNER)
    upgrade(url)
    with engine.connect() as connection:
        names = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'index'")))
    engine.dispose()
    assert "ix_cases_owner_hash_created_at" in names
    assert len(store.made_since(OWNER, NOON - timedelta(hours=1))) == 1
