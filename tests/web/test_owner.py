"""How long a browser's session opens the cases it made."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import pytest

from tests.web.visitor import csrf_token, made_case, upload

DAY_S = 86_400


@pytest.fixture
def calendar(monkeypatch):
    """Puts the clock forward by which session cookies are signed and checked."""
    clock = SimpleNamespace(days=0.0)
    clock.time = lambda: time.time() + clock.days * DAY_S
    monkeypatch.setattr("itsdangerous.timed.time", clock)
    return clock


def test_session_opens_a_case_as_long_as_it_is_kept(client, calendar, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    calendar.days = 30.5
    assert client.get(case_url).status_code == 200


def test_session_lasts_as_long_as_the_newest_of_its_cases(client, calendar, lesion_jpeg):
    made_case(client, lesion_jpeg)
    calendar.days = 25
    newest = made_case(client, lesion_jpeg)
    calendar.days = 50
    assert client.get(newest).status_code == 200


def test_session_that_has_made_nothing_for_longer_opens_nothing(client, calendar, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    calendar.days = 32
    assert client.get(case_url).status_code == 404


def test_session_outlives_a_clock_that_is_set_back(client, calendar, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    calendar.days = -0.1
    assert client.get(case_url).status_code == 200
    assert client.get("/").status_code == 200
    calendar.days = 0
    assert client.get(case_url).status_code == 200


def test_session_that_somebody_else_has_signed_opens_nothing(client, calendar, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    content, _ = client.get_cookie("skinapp").value.rsplit(".", 1)
    client.set_cookie("skinapp", f"{content}.{'A' * 27}")
    calendar.days = -0.1
    assert client.get(case_url).status_code == 404


def test_who_sends_the_same_form_again_is_the_same_owner(client, store, lesion_jpeg):
    token = csrf_token(client)
    before = client.get_cookie("skinapp").value
    for _ in range(2):
        # As a program would that keeps the first cookie and ignores all later ones.
        client.set_cookie("skinapp", before)
        assert upload(client, lesion_jpeg, token=token).status_code == 303
    assert len({owner for _, _, owner in store.cases.values()}) == 1


def test_form_that_had_expired_begins_a_session_as_the_first_one_does(client, store, lesion_jpeg):
    page = upload(client, lesion_jpeg, token="of a session that is over")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
    before = client.get_cookie("skinapp").value
    for _ in range(2):
        client.set_cookie("skinapp", before)
        assert upload(client, lesion_jpeg, token=token).status_code == 303
    assert len({owner for _, _, owner in store.cases.values()}) == 1
