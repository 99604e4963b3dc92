"""A form that is sent twice: by a double click without script, or after its answer was lost."""

from __future__ import annotations

import io
import re
from unittest.mock import Mock

import pytest

from skinapp.domain.errors import RecordUnreadable
from tests.web.conftest import as_jpeg
from tests.web.visitor import csrf_token, submission


def send(client, name, data):
    form = {"csrf_token": csrf_token(client), "photo": (io.BytesIO(data), "a.jpg")}
    if name is not None:
        form["submission"] = name
    return client.post("/cases", data=form, content_type="multipart/form-data")


def test_every_showing_of_the_form_has_a_name_of_its_own(client):
    assert submission(client) != submission(client)


def test_same_photo_by_the_same_form_leads_to_the_same_case(client, store, lesion_jpeg):
    name = submission(client)
    first, second = (send(client, name, lesion_jpeg) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(store.cases) == 1


def test_another_photo_by_the_same_form_makes_a_case(client, store, lesion_jpeg):
    name = submission(client)
    send(client, name, lesion_jpeg)
    assert send(client, name, as_jpeg(610)).status_code == 303
    assert len(store.cases) == 2


def test_same_form_of_another_session_makes_a_case_of_its_own(client, stranger, lesion_jpeg):
    name = submission(client)
    theirs = send(client, name, lesion_jpeg).location
    ours = send(stranger, name, lesion_jpeg).location
    assert ours != theirs
    assert stranger.get(theirs).status_code == 404


@pytest.mark.parametrize("name", [None, "", "short", "a" * 23, "<script>" + "a" * 14, "\0" * 22])
def test_form_without_a_name_of_ours_makes_a_case_every_time(client, store, lesion_jpeg, name):
    for _ in range(2):
        assert send(client, name, lesion_jpeg).status_code == 303
    assert len(store.cases) == 2


def test_refused_form_keeps_its_name(client):
    name = submission(client)
    page = send(client, name, b"no photo").text
    assert re.search(r'name="submission"[^>]*value="([^"]+)"', page)[1] == name


def test_photo_sent_again_whose_record_is_unreadable_leads_to_the_page_that_deletes_it(
    client, store, lesion_jpeg, monkeypatch
):
    name = submission(client)
    send(client, name, lesion_jpeg)

    monkeypatch.setattr(store, "get", Mock(side_effect=RecordUnreadable))
    page = client.get(send(client, name, lesion_jpeg).location)
    assert page.status_code == 503
    assert "Delete this case" in page.text
