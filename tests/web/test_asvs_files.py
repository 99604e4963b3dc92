"""OWASP ASVS 5.0, level 2 and a part of level 3: files, limits, retention, logs."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy.exc import IntegrityError

from skinapp.domain.case import CaseImages
from skinapp.domain.errors import CaseNotFound, StoreTrouble, StoreUnavailable
from skinapp.intake.decode import decode_photo
from skinapp.intake.formats import ACCEPTED
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from skinapp.settings import Settings
from skinapp.synthetic import draw_lesion
from tests.cast import UNSURE, a_case
from tests.hostile.uploads import BOUNDARY as HOSTILE
from tests.hostile.uploads import NAMES, HostileUpload, form_body, of_kind, small
from tests.web.visitor import csrf_token, made_case, upload

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def _send(client, name, data):
    return client.post(
        "/cases",
        data=form_body(HostileUpload("", name, data), csrf_token(client)),
        content_type=f"multipart/form-data; boundary={HOSTILE}",
    )


def test_every_item_that_is_met_has_its_test_and_every_test_its_item():
    met, partly = (
        set(re.findall(rf"^\| (\d+\.\d+\.\d+) \|.*\| {how} \|$", DOCS, re.MULTILINE))
        for how in ("met", "partly")
    )
    tests = "".join(
        (ROOT / "tests" / "web" / name).read_text()
        for name in ("test_asvs.py", "test_asvs_files.py")
    )
    tested = {".".join(found) for found in re.findall(r"def test_v(\d+)_(\d+)_(\d+)_", tests)}
    assert met <= tested <= met | partly


def test_v2_3_2_a_session_makes_no_more_cases_than_the_limit(client, lesion_jpeg, app):
    app.extensions["skinapp.web"].screening.uploads_per_hour = 1
    made_case(client, lesion_jpeg)
    assert upload(client, lesion_jpeg).status_code == 429


def test_v2_3_3_a_case_is_kept_with_its_pictures_or_not_at_all(tmp_path):
    url = f"sqlite:///{tmp_path / 'skinapp.sqlite3'}"
    upgrade(url)
    records, case = SqlCaseStore(url), a_case()
    with pytest.raises(IntegrityError):
        records.add(case, CaseImages(photo_jpeg=b"photo", overlay_png=None), "owner")
    with pytest.raises(CaseNotFound):
        records.get(case.id, "owner")
    records.close()


def test_v2_4_1_an_upload_too_many_waits_its_turn_in_words(client, app, lesion_jpeg):
    app.extensions["skinapp.web"].screening.uploads_per_hour = 1
    made_case(client, lesion_jpeg)
    answer = upload(client, lesion_jpeg)
    assert "You have sent 1 photo within an hour" in answer.text
    assert int(answer.headers["Retry-After"]) > 3500


@pytest.mark.parametrize("words", ["25 MB", "64 megapixels", *(f"{name}" for name in ACCEPTED)])
def test_v5_1_1_the_files_that_may_come_are_documented(words):
    assert words in DOCS


class TestSizes:
    @pytest.fixture
    def settings(self):
        return Settings(max_upload_mb=0.05)

    def test_v5_2_1_a_photo_over_the_limit_is_refused_for_its_size_alone(self, client, store):
        file = io.BytesIO()
        draw_lesion(width_px=600, height_px=450).save(file, "JPEG", quality=95)
        photo = file.getvalue()
        assert decode_photo(photo, Settings().limits).width_px == 600
        assert len(photo) > 50_000
        answer = upload(client, photo)
        assert answer.status_code == 422
        assert "The file is too large" in answer.text
        assert store.cases == {}


@pytest.mark.parametrize("name", ["photo.php", "photo.jpg.exe", "PAGE.HTML", "report.pdf"])
def test_v5_2_2_a_name_that_says_it_is_no_photo_is_refused(client, store, name):
    assert _send(client, name, small("JPEG")).status_code == 422
    assert store.cases == {}


@pytest.mark.parametrize("name", ["photo.jpg", "IMG_1.HEIC", "lesion 12.03", "photo", "."])
def test_v5_2_2_between_pictures_the_content_decides(client, name):
    assert _send(client, name, small("PNG")).status_code == 303


def test_v5_2_2_what_is_kept_is_written_anew(client, store):
    hidden = b"<?php system($_GET[0]); ?>"
    _send(client, "photo.jpg", small("JPEG") + hidden)
    [(_, images, _)] = store.cases.values()
    assert hidden not in images.photo_jpeg
    with Image.open(io.BytesIO(images.photo_jpeg)) as kept:
        assert kept.format == "JPEG"


@pytest.mark.parametrize("number", range(6))
def test_v5_2_3_what_unpacks_to_too_much_is_refused(client, number):
    assert _send(client, "a.png", of_kind("inflating chunk", number).data).status_code == 422


def test_v5_2_4_a_session_can_not_fill_the_disk(client, app, lesion_jpeg, store):
    app.extensions["skinapp.web"].screening.uploads_per_hour = 2
    answers = [upload(client, lesion_jpeg).status_code for _ in range(4)]
    assert answers == [303, 303, 429, 429]
    assert len(store.cases) == 2


@pytest.mark.parametrize("number", range(6))
def test_v5_2_6_a_pixel_flood_is_refused(client, store, number):
    assert _send(client, "a.png", of_kind("pixel flood", number).data).status_code == 422
    assert store.cases == {}


def test_v5_3_1_nothing_that_was_sent_lies_in_a_public_folder(client, lesion_jpeg):
    before = sorted((ROOT / "static").rglob("*"))
    made_case(client, lesion_jpeg)
    assert sorted((ROOT / "static").rglob("*")) == before


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_v5_3_2_a_name_that_was_sent_is_never_a_path(client, store, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    _send(client, name, small("JPEG"))
    assert all(re.fullmatch(r"[\w-]{22}", case_id) for case_id in store.cases)
    assert {path.name for path in tmp_path.iterdir()} <= {"figures", "secret.svg"}


@pytest.mark.parametrize("part", ["photo.jpg", "overlay.png", "overlay-2.png"])
def test_v5_4_1_a_picture_is_sent_under_a_name_of_ours(client, classifier, lesion_jpeg, part):
    classifier.by_code = UNSURE
    answer = client.get(f"{made_case(client, lesion_jpeg)}/{part}")
    assert answer.headers["Content-Disposition"] == f'inline; filename="{part}"'


def test_v14_2_7_an_old_case_does_not_open_and_is_purged(client, app, store, lesion_jpeg):
    case_id = made_case(client, lesion_jpeg).rsplit("/", 1)[1]
    _, images, owner = store.cases[case_id]
    old = a_case(created_at=datetime.now(UTC) - timedelta(days=31))
    store.cases = {case_id: (old, images, owner)}
    assert client.get(f"/cases/{case_id}").status_code == 404
    store.cases = {old.id: (old, images, owner)}
    assert app.extensions["skinapp.web"].screening.purge_expired() == 1


def test_v14_2_8_metadata_is_removed(client, store):
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe, left forearm"
    file = io.BytesIO()
    draw_lesion(width_px=300, height_px=300).save(file, "JPEG", exif=exif, comment=b"Jane Doe")
    _send(client, "Jane Doe.jpg", file.getvalue())
    [(_, images, _)] = store.cases.values()
    assert b"Jane" not in images.photo_jpeg
    with Image.open(io.BytesIO(images.photo_jpeg)) as kept:
        assert not kept.getexif()


def test_v15_2_2_what_takes_long_is_bounded(app):
    context = app.extensions["skinapp.web"]
    for _ in range(4 + context.settings.max_waiting):
        context.admission.enter()
    photo = {"photo": (io.BytesIO(b"any"), "a.jpg")}
    answer = app.test_client().post("/cases", data=photo, content_type="multipart/form-data")
    assert answer.status_code == 503


def test_v15_3_3_a_form_sets_nothing_but_its_photo(client, store, lesion_jpeg):
    form = {
        "csrf_token": csrf_token(client),
        "photo": (io.BytesIO(lesion_jpeg), "a.jpg"),
        "owner": "somebody else",
        "id": "my-own-id",
    }
    client.post("/cases", data=form, content_type="multipart/form-data")
    assert "my-own-id" not in store.cases
    assert "somebody else" not in {owner for _, _, owner in store.cases.values()}


def test_v16_2_5_the_log_tells_neither_case_nor_name(client, lesion_jpeg, capsys):
    case_url = made_case(client, lesion_jpeg)
    client.get(case_url)
    out, err = capsys.readouterr()
    assert "/cases/<case_id>" in out + err
    assert case_url.rsplit("/", 1)[1] not in out + err
    assert "IMG_0001" not in out + err


def test_v16_3_3_a_refused_upload_is_logged_by_its_kind(client, capsys):
    upload(client, of_kind("pixel flood", 0).data)
    out, err = capsys.readouterr()
    assert re.search("outcome=Photo(TooManyPixels|Damaged)", out + err)


def test_v16_5_2_without_the_records_it_says_so_and_goes_on(client, store, lesion_jpeg):
    def unavailable(*_args):
        raise StoreUnavailable(StoreTrouble.LOCKED)

    store.add = unavailable
    assert upload(client, lesion_jpeg).status_code == 503
    assert client.get("/model").status_code == 200
