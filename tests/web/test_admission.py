"""More uploads than can be worked on: turned away at once, in words."""

from __future__ import annotations

import io
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import pytest

from skinapp.settings import Settings
from tests.cast import FakeClassifier, a_prediction
from tests.web.conftest import as_jpeg
from tests.web.visitor import csrf_token, upload


@dataclass
class HeldClassifier(FakeClassifier):
    """Answers when it is let."""

    begun: Event = field(default_factory=Event)
    answer: Future = field(default_factory=Future)

    def begin(self, photo):
        self.seen.append(photo)
        self.begun.set()
        return self.answer


@pytest.fixture
def settings():
    return Settings(threads=1, max_waiting=0)


@pytest.fixture
def classifier():
    held = HeldClassifier()
    yield held
    if not held.answer.done():
        held.answer.set_result(a_prediction())


@pytest.fixture
def full_house(app, classifier):
    """One upload is inside and stays there until the test lets it go; gives its answer."""
    with ThreadPoolExecutor(1) as pool:
        inside = pool.submit(upload, app.test_client(), as_jpeg())
        assert classifier.begun.wait(60)
        yield inside
        if not classifier.answer.done():
            classifier.answer.set_result(a_prediction())


@pytest.mark.usefixtures("full_house")
def test_one_too_many_is_turned_away_with_a_time_to_come_again(client, lesion_jpeg):
    answer = upload(client, lesion_jpeg)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.usefixtures("full_house")
def test_who_is_turned_away_finds_the_form_again_with_a_friendly_word(client, lesion_jpeg):
    page = upload(client, lesion_jpeg).text
    assert "Send it again in a few seconds" in page
    assert 'name="photo"' in page


@pytest.mark.usefixtures("full_house")
def test_who_is_turned_away_finds_the_view_that_was_chosen_last(client, lesion_jpeg):
    with client.session_transaction() as session:
        session["view"] = "triage"
    answer = upload(client, lesion_jpeg)
    assert answer.status_code == 503
    assert 'value="triage" checked' in answer.text


@pytest.mark.usefixtures("full_house")
def test_what_is_turned_away_is_not_even_read(client, classifier):
    token = csrf_token(client)
    body = UnreadableBody(b"not empty: nothing at all would not be read either")
    answer = client.post(
        "/cases",
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 503
    assert len(classifier.seen) == 1


class UnreadableBody(io.BytesIO):
    def read(self, _size=-1):
        raise AssertionError("the body was read")


def test_form_that_is_no_upload_can_not_be_as_large_as_one(client):
    answer = client.post(
        "/cases/anything/delete",
        data={"csrf_token": csrf_token(client), "more": "x" * 100_000},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 413


@pytest.mark.usefixtures("full_house")
@pytest.mark.parametrize("path", ["/", "/model", "/healthz", "/readyz"])
def test_pages_and_probes_answer_in_a_full_house(client, path):
    assert client.get(path).status_code == 200


def test_who_is_inside_gets_an_answer_and_makes_room(client, classifier, full_house, lesion_jpeg):
    assert upload(client, lesion_jpeg).status_code == 503
    classifier.answer.set_result(a_prediction())
    assert full_house.result(60).status_code == 303
    assert upload(client, lesion_jpeg).status_code == 303


@pytest.mark.parametrize("data", [None, b"", b"no photo"])
def test_a_refused_upload_makes_room(app, client, data):
    assert upload(client, data).status_code == 422
    assert app.extensions["skinapp.web"].admission.inside == 0


def test_an_upload_without_token_makes_room(app, client):
    assert client.post("/cases").status_code == 400
    assert app.extensions["skinapp.web"].admission.inside == 0


def test_a_photo_sent_as_a_plain_form_is_turned_away_unread(client, classifier):
    # Of other types Werkzeug makes a field of every two bytes, before anything else is looked at.
    body = UnreadableBody(bytes(1_000_000))
    answer = client.post(
        "/cases",
        input_stream=body,
        content_type="application/x-www-form-urlencoded",
        headers={"Content-Length": "1000000"},
    )
    assert answer.status_code == 413
    assert classifier.seen == []
