"""Of cases that come twice, or at once, as many are kept as should be."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from skinapp.domain.case import Case, new_case_id
from skinapp.domain.errors import CaseKept, QuotaReached, SkinappError
from skinapp.domain.quota import Quota
from skinapp.records.store import SqlCaseStore
from tests.cast import NOON, UNSURE, a_case
from tests.records.rows import IMAGES, OWNER, STRANGER, rows


def _kept_at_once(
    store: SqlCaseStore, cases: Sequence[Case], quota: Quota, refusal: type[SkinappError]
) -> int:
    """How many of some cases are kept that come together; the others are refused."""
    together = threading.Barrier(len(cases))

    def send(case: Case) -> bool:
        together.wait(30)
        try:
            store.add(case, IMAGES, OWNER, quota)
        except refusal:
            return False
        return True

    with ThreadPoolExecutor(len(cases)) as pool:
        return sum(pool.map(send, cases))


def test_a_case_is_not_replaced_by_another_with_its_id(any_store: SqlCaseStore):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    for owner in (OWNER, STRANGER):
        # The id comes first: where no more may be made, one that is kept is found all the same.
        with pytest.raises(CaseKept):
            any_store.add(replace(a_case(UNSURE), id=case.id), IMAGES, owner, Quota(1, NOON))
    assert any_store.get(case.id, OWNER) == case
    assert any_store.images(case.id, OWNER) == IMAGES


def test_many_threads_keep_cases_at_once(any_store: SqlCaseStore, any_url: str):
    def keep() -> None:
        for _ in range(5):
            any_store.add(a_case(), IMAGES, OWNER)

    threads = [threading.Thread(target=keep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(any_url, "cases") == 30


def test_a_failure_does_not_tell_the_id_of_the_case(any_store: SqlCaseStore):
    case = a_case()
    any_store.add(case, IMAGES, OWNER)
    with pytest.raises(CaseKept) as failure:
        any_store.add(case, IMAGES, OWNER)
    assert "constraint" in str(failure.value.__cause__)
    assert case.id not in str(failure.value.__cause__)


def test_cases_that_come_at_once_do_not_pass_the_quota_together(any_store: SqlCaseStore, any_url):
    cases = [
        replace(a_case(), id=new_case_id(), created_at=NOON + timedelta(seconds=number))
        for number in range(8)
    ]
    quota = Quota(3, NOON + timedelta(minutes=1))
    assert _kept_at_once(any_store, cases, quota, QuotaReached) == 3
    assert rows(any_url, "cases") == rows(any_url, "case_images") == 3


def test_the_quota_of_one_owner_leaves_others_alone(any_store: SqlCaseStore):
    quota = Quota(1, NOON + timedelta(minutes=1))
    for owner in (OWNER, STRANGER):
        any_store.add(replace(a_case(), id=new_case_id()), IMAGES, owner, quota)
    with pytest.raises(QuotaReached):
        any_store.add(replace(a_case(), id=new_case_id()), IMAGES, OWNER, quota)
    old = Quota(1, NOON + timedelta(hours=1))
    any_store.add(replace(a_case(), id=new_case_id()), IMAGES, OWNER, old)


def test_of_one_case_that_comes_several_times_at_once_one_is_kept(any_store: SqlCaseStore, any_url):
    assert _kept_at_once(any_store, [a_case()] * 4, Quota(4, NOON), CaseKept) == 1
    assert rows(any_url, "cases") == rows(any_url, "case_images") == 1
