"""The sign by which a benchmark knows an answer stands on our page, and not on a refusal's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest

from benchmarks.environment import given_settings
from benchmarks.load import TOKEN, NoAnswer, check_page
from benchmarks.photos import answered_photo
from skinapp.app import create_app
from skinapp.screening import Screening
from tests.cast import RULES, DictStore, FakeClassifier, a_card


class Recognising(FakeClassifier):
    """Finds every photo as strange as it is told to."""

    score = 0.0

    def begin(self, photo):
        answer = super().begin(photo)
        prediction = replace(answer.result(), novelty_score=self.score)
        answer = type(answer)()
        answer.set_result(prediction)
        return answer


def _page(score: float) -> bytes:
    classifier = Recognising(rules=replace(RULES, novelty_threshold=1.0))
    classifier.score = score
    settings = given_settings()
    screening = Screening(classifier, DictStore(), settings.limits, timedelta(days=30))
    client = create_app(settings, screening, a_card(), None, "a secret for tests").test_client()
    token = TOKEN.search(client.get("/").text)
    assert token is not None
    form = {"csrf_token": token[1], "photo": (BytesIO(answered_photo()), "photo.jpg")}
    return client.post("/cases", data=form, follow_redirects=True).data


def test_the_page_of_an_answer_has_it():
    check_page("skinapp", _page(0.0))


def test_the_page_of_a_photo_that_is_not_recognised_lacks_it():
    with pytest.raises(NoAnswer, match="no map"):
        check_page("skinapp", _page(2.0))
