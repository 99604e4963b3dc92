"""The sign by which a benchmark knows an answer stands on our page, and not on a refusal's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest

from benchmarks.environment import given_settings
from benchmarks.load import TOKEN, NoAnswer, check_page, has_map
from benchmarks.photos import answered_photo
from skinapp.app import create_app
from skinapp.screening import Screening
from tests.cast import RULES, DictStore, FakeClassifier, a_card


def _page(score: float) -> bytes:
    rules = replace(RULES, novelty_threshold=1.0)
    classifier = FakeClassifier(rules=rules, novelty_score=score)
    settings = given_settings()
    screening = Screening(classifier, DictStore(), settings.limits, timedelta(days=30))
    client = create_app(settings, screening, a_card(), None, "a secret for tests").test_client()
    token = TOKEN.search(client.get("/").text)
    assert token is not None
    form = {"csrf_token": token[1], "photo": (BytesIO(answered_photo()), "photo.jpg")}
    return client.post("/cases", data=form, follow_redirects=True).data


def test_the_page_of_an_answer_has_it():
    page = _page(0.0)
    assert has_map(page)
    check_page("skinapp", page)


def test_the_page_of_a_photo_that_is_not_recognised_lacks_it():
    with pytest.raises(NoAnswer, match="no map"):
        check_page("skinapp", _page(2.0))
