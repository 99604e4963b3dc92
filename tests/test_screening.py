"""The story, with a classifier that is a stand-in and records in memory."""

import io
from contextlib import contextmanager
from datetime import timedelta

import pytest
from PIL import Image

from skinapp.domain.errors import (
    CaseNotFound,
    PhotoFormatUnknown,
    PhotoTooSmall,
    QuotaReached,
)
from skinapp.domain.triage import Advice
from skinapp.screening import Screening
from skinapp.synthetic import lesion_jpeg
from tests.cast import LIMITS, NOON, SURE_MELANOMA, UNSURE, DictStore, FakeClassifier


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def screening(clock):
    return Screening(FakeClassifier(), DictStore(), LIMITS, timedelta(days=30), clock)


@pytest.fixture
def photo():
    return lesion_jpeg("nevus", width_px=600, height_px=450)


def test_photo_becomes_a_case_that_its_owner_can_open(screening, photo):
    case = screening.screen(photo, "owner")
    assert screening.open_case(case.id, "owner") == case
    assert case.assessment.prediction.top.code == "nv"
    assert case.assessment.advice is Advice.NOT_SUSPICIOUS
    assert (case.source_width_px, case.source_height_px) == (600, 450)


def test_suspicious_photo_is_called_so(screening, photo):
    screening.classifier.by_code = dict(SURE_MELANOMA)
    assert screening.screen(photo, "owner").assessment.advice is Advice.SUSPICIOUS


def test_unsure_answer_names_candidates_instead_of_one_verdict(screening, photo):
    screening.classifier.by_code = dict(UNSURE)
    assessment = screening.screen(photo, "owner").assessment
    assert assessment.unsure
    assert [lesion.code for lesion in assessment.candidates] == ["bkl", "mel", "nv"]


def test_strangers_find_no_case(screening, photo):
    case = screening.screen(photo, "owner")
    for read in (
        screening.open_case,
        screening.case_images,
        screening.thumbnail,
        screening.rival_overlay,
        screening.delete_case,
    ):
        with pytest.raises(CaseNotFound):
            read(case.id, "stranger")


def test_refused_upload_leaves_nothing_behind(screening):
    with pytest.raises(PhotoFormatUnknown):
        screening.screen(b"not a photo at all", "owner")
    assert screening.store.cases == {}


def test_kept_photo_is_small_upright_and_without_metadata(screening):
    image = Image.open(io.BytesIO(lesion_jpeg("nevus", width_px=800, height_px=500)))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "Jane Doe, left forearm"
    upload = io.BytesIO()
    image.save(upload, "JPEG", exif=exif)
    case = screening.screen(upload.getvalue(), "owner")
    kept = screening.case_images(case.id, "owner").photo_jpeg
    with Image.open(io.BytesIO(kept)) as photo:
        assert photo.size == (250, 400)
        assert not photo.getexif()
    assert b"Jane" not in kept


def test_overlay_has_the_shape_of_the_photo(screening, photo):
    case = screening.screen(photo, "owner")
    with Image.open(io.BytesIO(screening.case_images(case.id, "owner").overlay_png)) as overlay:
        assert overlay.has_transparency_data
        assert overlay.width / overlay.height == pytest.approx(4 / 3, abs=0.01)


def test_second_map_of_a_close_call_is_drawn_in_the_shape_of_the_photo(screening, photo):
    screening.classifier.by_code = dict(UNSURE)
    case = screening.screen(photo, "owner")
    assert case.assessment.rival.code == "mel"
    second = screening.rival_overlay(case.id, "owner")
    first = screening.case_images(case.id, "owner").overlay_png
    with Image.open(io.BytesIO(second)) as ours, Image.open(io.BytesIO(first)) as theirs:
        assert ours.size == theirs.size
    assert second != first


def test_clear_call_has_no_second_map(screening, photo):
    case = screening.screen(photo, "owner")
    with pytest.raises(CaseNotFound):
        screening.rival_overlay(case.id, "owner")


def test_deleted_case_is_gone(screening, photo):
    case = screening.screen(photo, "owner")
    screening.delete_case(case.id, "owner")
    with pytest.raises(CaseNotFound):
        screening.open_case(case.id, "owner")


def test_case_does_not_open_after_its_time(screening, photo, clock):
    case = screening.screen(photo, "owner")
    clock.now = NOON + timedelta(days=30, seconds=1)
    with pytest.raises(CaseNotFound):
        screening.open_case(case.id, "owner")


def test_pictures_of_an_expired_case_are_not_shown(screening, photo, clock):
    case = screening.screen(photo, "owner")
    clock.now = NOON + timedelta(days=30, seconds=1)
    with pytest.raises(CaseNotFound):
        screening.case_images(case.id, "owner")


def test_purge_removes_expired_cases_and_no_others(screening, photo, clock):
    screening.screen(photo, "owner")
    clock.now = NOON + timedelta(days=20)
    kept = screening.screen(photo, "owner")
    clock.now = NOON + timedelta(days=31)
    assert screening.purge_expired() == 1
    assert list(screening.store.cases) == [kept.id]


def test_owner_who_has_made_enough_cases_within_an_hour_has_to_wait(screening, photo, clock):
    screening.uploads_per_hour = 2
    for minute in (0, 10):
        clock.now = NOON + timedelta(minutes=minute)
        screening.screen(photo, "owner")
    clock.now = NOON + timedelta(minutes=20)
    with pytest.raises(QuotaReached) as refusal:
        screening.screen(photo, "owner")
    assert (refusal.value.per_hour, refusal.value.retry_after_s) == (2, 40 * 60)


def test_when_the_hour_is_over_the_owner_may_go_on(screening, photo, clock):
    screening.uploads_per_hour = 1
    screening.screen(photo, "owner")
    clock.now = NOON + timedelta(hours=1)
    assert screening.screen(photo, "owner")


def test_what_one_owner_has_made_is_nobody_elses_quota(screening, photo):
    screening.uploads_per_hour = 1
    screening.screen(photo, "owner")
    assert screening.screen(photo, "another")


def test_refusal_passes_a_context_manager_unharmed():
    @contextmanager
    def around():
        yield

    with pytest.raises(PhotoTooSmall), around():
        raise PhotoTooSmall(width_px=20, height_px=10, minimum_px=128)


def test_photo_of_a_list_is_small(screening, photo):
    case = screening.screen(photo, "owner")
    small = screening.thumbnail(case.id, "owner")
    with Image.open(io.BytesIO(small)) as image:
        assert (image.format, image.size) == ("JPEG", (192, 144))
    assert len(small) < len(screening.case_images(case.id, "owner").photo_jpeg) / 2
