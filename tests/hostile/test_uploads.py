"""Whatever is uploaded, the answer is a case or a reason; `make soak` sends thousands of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.hostile.uploads import (
    BOUNDARY,
    KINDS,
    NAMES,
    HostileUpload,
    form_body,
    hostile_uploads,
    of_kind,
    small,
)
from tests.web.visitor import csrf_token

OF_EACH_KIND = {"inflating chunk": 6}
USUAL = 24


# 413 and 400: a name that breaks its line takes the form with it.
ANSWERS = {303, 422, 413, 400}


def _send(client, upload, token):
    return client.post(
        "/cases",
        data=form_body(upload, token),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_upload_gets_a_case_or_a_reason(client, kind):
    token = csrf_token(client)
    wrong = {}
    for number in range(OF_EACH_KIND.get(kind, USUAL)):
        answer = _send(client, of_kind(kind, number), token)
        if answer.status_code not in ANSWERS:
            wrong[number] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("kind", ["pixel flood", "inflating chunk", "endless frames"])
def test_bombs_make_no_case(client, store, kind):
    token = csrf_token(client)
    before = len(store.cases)
    for number in range(6):
        _send(client, replace(of_kind(kind, number), name="photo.jpg"), token)
    # A phone's JPEG with more pictures behind it, and a strip list that fits, are photos.
    assert len(store.cases) - before <= 2


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_name_of_a_file_is_neither_kept_nor_shown(client, store, name):
    before = set(store.cases)
    answer = _send(client, HostileUpload("", name, small("JPEG")), csrf_token(client))
    assert answer.status_code in ANSWERS
    assert "Set-Cookie: owner" not in str(answer.headers)
    shown = answer.text
    for case_id in set(store.cases) - before:
        assert re.fullmatch(r"[\w-]{22}", case_id)
        shown += client.get(f"/cases/{case_id}").text
    assert name in {".", ""} or name not in shown


def test_the_same_number_gives_the_same_uploads():
    assert list(hostile_uploads(40, seed=3)) == list(hostile_uploads(40, seed=3))


def test_another_seed_gives_others():
    assert list(hostile_uploads(40, seed=3)) != list(hostile_uploads(40, seed=4))
