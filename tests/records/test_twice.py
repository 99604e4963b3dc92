"""Of cases that come twice, or at once, as many are kept as should be."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from skinapp.domain.case import CaseImages, new_case_id
from skinapp.domain.errors import CaseKept, QuotaReached
from skinapp.domain.quota import Quota
from skinapp.records.store import SqlCaseStore
from tests.cast import NOON, UNSURE, a_case
from tests.records.rows import rows

OWNER = "the session that made it"
STRANGER = "another session"
IMAGES = CaseImages(photo_jpeg=b"\xff\xd8 photo", overlay_png=b"\x89PNG overlay")


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
    quota = Quota(3, NOON + timedelta(minutes=1))
    together = threading.Barrier(8)

    def send(number: int) -> bool:
        case = replace(a_case(), id=new_case_id(), created_at=NOON + timedelta(seconds=number))
        together.wait(30)
        try:
            any_store.add(case, IMAGES, OWNER, quota)
        except QuotaReached:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        kept = sum(pool.map(send, range(8)))
    assert kept == 3
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
    case, quota = a_case(), Quota(4, NOON)
    together = threading.Barrier(4)

    def send(_: int) -> bool:
        together.wait(30)
        try:
            any_store.add(case, IMAGES, OWNER, quota)
        except CaseKept:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [False, False, False, True]
    assert rows(any_url, "cases") == rows(any_url, "case_images") == 1
