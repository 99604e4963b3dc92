"""The same photo by the same form makes one case, however often it is sent."""

from datetime import timedelta
from unittest.mock import Mock

import pytest

from skinapp.domain.case import case_id_of, is_case_id
from skinapp.domain.errors import QuotaReached, StoreTrouble, StoreUnavailable
from skinapp.screening import Screening
from skinapp.synthetic import lesion_jpeg
from tests.cast import LIMITS, NOON, DictStore, FakeClassifier


@pytest.fixture
def screening():
    return Screening(FakeClassifier(), DictStore(), LIMITS, timedelta(days=30), lambda: NOON)


@pytest.fixture
def photo():
    return lesion_jpeg("nevus", width_px=600, height_px=450)


def test_photo_that_is_sent_again_leads_to_the_case_that_it_has_without_being_computed(
    screening, photo
):
    first = screening.screen_once(photo, "owner", "a form")
    assert screening.screen_once(photo, "owner", "a form") == first
    assert list(screening.store.cases) == [first]
    assert len(screening.classifier.seen) == 1


def test_photo_that_is_sent_again_is_found_although_no_more_may_be_made(screening, photo):
    screening.uploads_per_hour = 1
    first = screening.screen_once(photo, "owner", "a form")
    assert screening.screen_once(photo, "owner", "a form") == first
    with pytest.raises(QuotaReached):
        screening.screen_once(lesion_jpeg("melanoma"), "owner", "a form")


def test_photo_that_is_sent_again_is_found_although_no_more_can_be_kept(
    screening, photo, monkeypatch
):
    first = screening.screen_once(photo, "owner", "a form")
    full = Mock(side_effect=StoreUnavailable(StoreTrouble.FULL))
    monkeypatch.setattr(DictStore, "add", full)
    assert screening.screen_once(photo, "owner", "a form") == first
    with pytest.raises(StoreUnavailable):
        screening.screen_once(photo, "owner", "another form")


def test_photo_whose_twin_comes_while_it_is_computed_leads_to_the_same_case(
    screening, photo, monkeypatch
):
    begin = FakeClassifier.begin
    twins = []

    def begin_after_the_twin(classifier, decoded):
        if not twins:
            twins.append(None)
            twins[0] = screening.screen_once(photo, "owner", "a form")
        return begin(classifier, decoded)

    monkeypatch.setattr(FakeClassifier, "begin", begin_after_the_twin)
    assert [screening.screen_once(photo, "owner", "a form")] == twins
    assert list(screening.store.cases) == twins


@pytest.mark.parametrize("what", ["photo", "owner", "form"])
def test_another_photo_owner_or_form_makes_a_case_of_its_own(screening, photo, what):
    other = lesion_jpeg("melanoma") if what == "photo" else photo
    screening.screen_once(photo, "owner", "a form")
    screening.screen_once(
        other,
        "another" if what == "owner" else "owner",
        "another" if what == "form" else "a form",
    )
    assert len(screening.store.cases) == 2


def test_photo_without_a_form_makes_a_case_every_time(screening, photo):
    assert screening.screen(photo, "owner").id != screening.screen(photo, "owner").id


def test_photo_of_a_deleted_case_makes_it_anew(screening, photo):
    first = screening.screen_once(photo, "owner", "a form")
    screening.delete_case(first, "owner")
    assert screening.screen_once(photo, "owner", "a form") == first
    assert screening.open_case(first, "owner")


def test_photo_of_an_expired_case_that_is_still_there_makes_another(screening, photo):
    first = screening.screen_once(photo, "owner", "a form")
    screening.clock = lambda: NOON + timedelta(days=31)
    second = screening.screen_once(photo, "owner", "a form")
    assert second != first
    assert screening.open_case(second, "owner")


def test_id_of_what_is_sent_is_that_of_a_case_and_tells_nothing():
    ids = {case_id_of(owner, form, data) for owner in "ab" for form in "ab" for data in (b"", b"x")}
    assert len(ids) == 8
    assert all(is_case_id(each) for each in ids)
