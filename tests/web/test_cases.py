from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest

from skinapp.domain.errors import RecordUnreadable
from skinapp.domain.quality import QualityFinding, QualityProblem
from tests.cast import SURE_MELANOMA, UNSURE, a_case
from tests.web.visitor import csrf_token, delete, made_case, upload


def test_upload_leads_to_the_case_by_redirect(client, lesion_jpeg):
    answer = upload(client, lesion_jpeg)
    assert answer.status_code == 303
    assert answer.location.startswith("/cases/")


def test_photo_from_the_camera_field_is_taken(client, lesion_jpeg):
    assert upload(client, lesion_jpeg, field="camera").status_code == 303


def test_case_can_be_reloaded(client, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    assert client.get(case_url).text == client.get(case_url).text


def test_result_names_the_verdict_with_code_and_percentage(client, classifier, lesion_jpeg):
    classifier.by_code = SURE_MELANOMA
    page = client.get(made_case(client, lesion_jpeg)).text
    assert "<h1" in page
    assert "Melanoma" in page
    assert '<span class="code">mel</span>' in page
    assert "82\N{NO-BREAK SPACE}%" in page


def test_unsure_result_names_candidates_instead_of_a_verdict(client, classifier, lesion_jpeg):
    classifier.by_code = UNSURE
    page = client.get(made_case(client, lesion_jpeg)).text
    assert "The model is unsure" in page
    assert "Most likely lesion type" not in page


def test_result_has_a_bar_for_each_class(client, lesion_jpeg):
    page = client.get(made_case(client, lesion_jpeg)).text
    assert page.count('class="bars__item') == 7


def test_malignant_classes_are_marked_in_words(client, lesion_jpeg):
    page = client.get(made_case(client, lesion_jpeg)).text
    assert page.count("malignant</span>") == 3


def test_quality_findings_are_shown_in_words(client, store, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    case_id = case_url.rsplit("/", 1)[1]
    _, images, owner = store.cases[case_id]
    finding = QualityFinding(QualityProblem.BLURRED, 0.1, 0.2)
    store.cases[case_id] = (
        a_case(findings=(finding,), created_at=datetime.now(UTC)),
        images,
        owner,
    )
    assert "The photo is blurred" in client.get(case_url).text


def test_pictures_of_a_case_are_sent_as_they_were_kept(client, store, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    [(_, images, _)] = store.cases.values()
    photo = client.get(f"{case_url}/photo.jpg")
    overlay = client.get(f"{case_url}/overlay.png")
    assert (photo.mimetype, photo.data) == ("image/jpeg", images.photo_jpeg)
    assert (overlay.mimetype, overlay.data) == ("image/png", images.overlay_png)


@pytest.mark.parametrize("part", ["", "/photo.jpg", "/overlay.png", "/print", "/delete"])
def test_strangers_find_no_case(client, stranger, lesion_jpeg, part):
    case_url = made_case(client, lesion_jpeg)
    assert stranger.get(case_url + part).status_code == 404


def test_stranger_with_a_case_of_its_own_finds_no_other(client, stranger, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    made_case(stranger, lesion_jpeg)
    assert stranger.get(case_url).status_code == 404


def test_strangers_can_not_delete(client, stranger, store, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    token = csrf_token(stranger)
    answer = stranger.post(f"{case_url}/delete", data={"csrf_token": token})
    assert answer.status_code == 404
    assert len(store.cases) == 1


def test_each_session_gets_a_secret_of_its_own(client, stranger, store, lesion_jpeg):
    made_case(client, lesion_jpeg)
    made_case(stranger, lesion_jpeg)
    first, second = (owner for _, _, owner in store.cases.values())
    assert first != second
    assert len(first) >= 43


def test_delete_asks_first(client, store, lesion_jpeg):
    page = client.get(made_case(client, lesion_jpeg) + "/delete").text
    assert "Delete this case?" in page
    assert len(store.cases) == 1


def test_deleted_case_is_gone_and_the_visitor_is_told(client, store, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    answer = delete(client, case_url)
    assert (answer.status_code, answer.location) == (303, "/")
    assert store.cases == {}
    assert "The case and its photo were deleted." in client.get("/").text
    assert client.get(case_url).status_code == 404


def test_delete_without_token_keeps_the_case(client, store, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    assert client.post(f"{case_url}/delete").status_code == 400
    assert len(store.cases) == 1


def test_print_sheet_names_model_version_and_case(client, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    page = client.get(f"{case_url}/print").text
    assert "version 0123456789ab" in page
    assert case_url.rsplit("/", 1)[1] in page


def test_case_of_an_earlier_model_does_not_pass_for_one_of_the_present(app, client, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    context = app.extensions["skinapp.web"]
    answering = context.card.model_copy(update={"weights_sha256": "0123456789ab" + "0" * 52})
    app.extensions["skinapp.web"] = replace(context, card=answering)
    assert ">About the model<" in client.get(case_url).text
    app.extensions["skinapp.web"] = context
    page = client.get(case_url).text
    assert ">About the model<" not in page
    assert "This server has another one now, or this one with another calibration" in page


def test_case_of_an_earlier_calibration_does_not_pass_for_one_of_the_present(
    app, client, lesion_jpeg
):
    case_url = made_case(client, lesion_jpeg)
    context = app.extensions["skinapp.web"]
    same_weights = context.card.model_copy(update={"weights_sha256": "0123456789ab" + "0" * 52})
    points = {
        name: point.model_copy(update={"threshold": 0.05})
        for name, point in same_weights.operating_points.items()
    }
    moved = same_weights.model_copy(update={"operating_points": points})
    for card, told in ((same_weights, True), (moved, False)):
        app.extensions["skinapp.web"] = replace(context, card=card)
        assert (">About the model<" in client.get(case_url).text) is told


def test_large_upload_stays_in_memory(app):
    body = BytesIO(
        b"--x\r\nContent-Disposition: form-data; name=photo; filename=a.jpg\r\n\r\n"
        + bytes(2_000_000)
        + b"\r\n--x--\r\n"
    )
    with app.test_request_context(
        "/cases", method="POST", input_stream=body, content_type="multipart/form-data; boundary=x"
    ) as context:
        assert isinstance(context.request.files["photo"].stream, BytesIO)


def test_building_the_app_loads_no_torch():
    script = (
        "import sys; from datetime import timedelta; from skinapp.app import create_app;"
        "from skinapp.screening import Screening; from skinapp.settings import Settings;"
        "from tests.cast import DictStore, FakeClassifier, a_card; s = Settings();"
        "story = Screening(FakeClassifier(), DictStore(), s.limits, timedelta(days=1));"
        "create_app(s, story, a_card(), None, 'k').test_client().get('/model');"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.fixture
def unreadable(client, store, lesion_jpeg, monkeypatch):
    """A case of which the record can't be read."""

    def fail(case_id, owner):
        store._owned(case_id, owner)
        raise RecordUnreadable("form 99, of a lesion on the left arm")

    case_url = made_case(client, lesion_jpeg)
    monkeypatch.setattr(store, "get", fail)
    return case_url


@pytest.mark.parametrize("page", ["", "/print", "/overlay-2.png"])
def test_case_that_another_version_kept_is_told_and_can_be_deleted(client, unreadable, page):
    answer = client.get(unreadable + page)
    assert answer.status_code == 503
    assert "This case can’t be shown" in answer.text
    assert f'href="{unreadable}/delete"' in answer.text
    assert "left arm" not in answer.text
    assert client.get(f"{unreadable}/photo.jpg").status_code == 200
    asked = client.get(f"{unreadable}/delete")
    assert "Delete this case?" in asked.text
    assert delete(client, unreadable).status_code == 303
    assert client.get(f"{unreadable}/photo.jpg").status_code == 404


def test_case_that_another_version_kept_is_nothing_to_a_stranger(app, unreadable):
    assert app.test_client().get(unreadable).status_code == 404
