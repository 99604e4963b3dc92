"""What the records say of the trouble that keeps them from working."""

from __future__ import annotations

import pytest

from skinapp.domain.case import CaseImages
from skinapp.domain.errors import StoreTrouble, StoreUnavailable
from skinapp.records.store import SqlCaseStore
from tests.cast import a_case

IMAGES = CaseImages(photo_jpeg=bytes(200_000), overlay_png=b"\x89PNG overlay")


def trouble_of_keeping(store: SqlCaseStore) -> StoreTrouble:
    with pytest.raises(StoreUnavailable) as refusal:
        store.add(a_case(), IMAGES, "owner")
    return refusal.value.trouble


def trouble_of_check(store: SqlCaseStore) -> StoreTrouble:
    with pytest.raises(StoreUnavailable) as refusal:
        store.check()
    return refusal.value.trouble
