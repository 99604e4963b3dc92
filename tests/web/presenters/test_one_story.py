"""Every kind of answer in both views: no two sentences of a page contradict each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import pytest

from skinapp.domain.assessment import assess
from skinapp.domain.case import Case
from skinapp.domain.lesions import HAM10000
from skinapp.domain.triage import Advice
from skinapp.domain.trust import Novelty, SetRule
from skinapp.web.presenters.result import ResultPage, present_result
from tests.cast import RULES, a_case, a_prediction

SPACE = "\N{NO-BREAK SPACE}"
NEVER = 1.1  # no type reaches it, so the set holds the first type alone


@dataclass(frozen=True)
class Answer:
    """Probabilities, the bounds of types (``NEVER`` for the others), and what the page says."""

    by_code: dict[str, float]
    bounds: dict[str, float] | None
    heading: str
    named: tuple[str, ...]
    left_out: str = ""
    maps: tuple[str, ...] = ()
    why_two: str = ""
    still_open: str = ""
    all_benign: str = ""


FAR = {"nv": 0.8, "mel": 0.12, "bkl": 0.08}
CLOSE = {"mel": 0.5, "nv": 0.42, "bkl": 0.08}
BENIGN = {"nv": 0.5, "bkl": 0.35, "mel": 0.15}

ANSWERS = {
    "no sets, sure, far": Answer(
        FAR, None, "Melanocytic nevus", ("nv",), maps=("nv",), all_benign="The most likely type is"
    ),
    "no sets, sure, close": Answer(
        {"mel": 0.6, "nv": 0.4},
        None,
        "Melanoma",
        ("mel",),
        maps=("mel", "nv"),
        why_two="The first two types are close",
        still_open="the most likely type is malignant",
    ),
    "no sets, unsure": Answer(
        {"nv": 0.45, "mel": 0.35, "bkl": 0.2},
        None,
        "The model is unsure",
        ("nv", "mel"),
        maps=("nv", "mel"),
        why_two="The first two types are both candidates",
        still_open="melanoma is among the candidates",
    ),
    "one, the second far": Answer(
        FAR,
        {"nv": 0.4},
        "Melanocytic nevus",
        ("nv",),
        f"Melanoma (12{SPACE}%) is not named",
        maps=("nv",),
        all_benign="The most likely type is",
    ),
    "one, the second close": Answer(
        CLOSE,
        {"mel": 0.1},
        "Melanoma",
        ("mel",),
        f"Melanocytic nevus (42{SPACE}%) is not named",
        maps=("mel",),
        still_open="the most likely type is malignant",
    ),
    "one, the first below its own bound": Answer(
        BENIGN,
        {},
        "Melanocytic nevus",
        ("nv",),
        f"Benign keratosis (35{SPACE}%) and melanoma (15{SPACE}%) are not named",
        maps=("nv",),
        all_benign="The most likely type is",
    ),
    "two, the second close": Answer(
        CLOSE,
        {"mel": 0.1, "nv": 0.4},
        "Melanoma or melanocytic nevus: both remain possible",
        ("mel", "nv"),
        maps=("mel", "nv"),
        why_two="The first two types both remain possible",
        still_open="melanoma remains possible",
    ),
    "two, the second far": Answer(
        FAR,
        {"nv": 0.4, "mel": 0.1},
        "Melanocytic nevus or melanoma: both remain possible",
        ("nv", "mel"),
        maps=("nv", "mel"),
        why_two="The first two types both remain possible",
        still_open="melanoma remains possible",
    ),
    "two, all benign": Answer(
        BENIGN,
        {"nv": 0.4, "bkl": 0.3},
        "Melanocytic nevus or benign keratosis: both remain possible",
        ("nv", "bkl"),
        f"Melanoma (15{SPACE}%) is not named",
        maps=("nv", "bkl"),
        why_two="The first two types both remain possible",
        all_benign="All types named are",
    ),
    "two, the close second not among them": Answer(
        CLOSE,
        {"mel": 0.1, "bkl": 0.05},
        "Melanoma or benign keratosis: both remain possible",
        ("mel", "bkl"),
        f"Melanocytic nevus (42{SPACE}%) is not named",
        maps=("mel",),
        still_open="melanoma remains possible",
    ),
    "two, the far second not among them": Answer(
        FAR,
        {"nv": 0.4, "bkl": 0.05},
        "Melanocytic nevus or benign keratosis: both remain possible",
        ("nv", "bkl"),
        f"Melanoma (12{SPACE}%) is not named",
        maps=("nv",),
        all_benign="All types named are",
    ),
    "three": Answer(
        {"mel": 0.5, "akiec": 0.3, "nv": 0.2},
        {"mel": 0.1, "akiec": 0.1, "nv": 0.1},
        "Three lesion types remain possible",
        ("mel", "akiec", "nv"),
        maps=("mel", "akiec"),
        why_two="The first two types both remain possible",
        still_open="melanoma and actinic keratosis or squamous cell carcinoma remain possible",
    ),
    "three, two passed over": Answer(
        {"nv": 0.4, "vasc": 0.2, "df": 0.15, "mel": 0.13, "bkl": 0.12},
        {"nv": 0.1, "mel": 0.1, "bkl": 0.1},
        "Three lesion types remain possible",
        ("nv", "mel", "bkl"),
        f"Vascular lesion (20{SPACE}%) and dermatofibroma (15{SPACE}%) are not named: each type "
        "has a minimum of its own, and these are below theirs. They are not excluded.",
        maps=("nv",),
        still_open="melanoma remains possible",
    ),
}
PROMISES = (
    "remain possible",
    "remains possible",
    "lesions of 10",
    "Most likely",
    "most likely type",
    "Not flagged",
    "No referral",
    "Refer:",
    "Suspicious for",
    "are not named",
    "is not named",
    "Calibrated probabilities",
)


def case_of(answer: Answer, advice: Advice, *, refused: bool = False) -> Case:
    """The case, with a threshold just below or just above its malignant probability."""
    prediction = a_prediction(answer.by_code)
    reach = -0.01 if advice is Advice.SUSPICIOUS else 0.01
    threshold = prediction.malignant_probability + reach
    rules = replace(RULES, operating_point=replace(RULES.operating_point, threshold=threshold))
    if answer.bounds is not None:
        bounds = tuple(answer.bounds.get(lesion.code, NEVER) for lesion in HAM10000)
        rules = replace(rules, sets=(SetRule(0.9, bounds),))
    assessment = assess(prediction, rules, ())
    if refused:
        assessment = replace(assessment, novelty=Novelty(2.0, 1.0))
    assert assessment.advice is advice
    return replace(a_case(), assessment=assessment)


def told(page: ResultPage) -> str:
    """All words that depend on the answer."""
    advice = (page.advice.heading, page.advice.text, page.advice.in_clinic)
    verdict = page.verdict
    words = (verdict.kicker, verdict.heading, verdict.explanation, verdict.left_out, verdict.wider)
    triage = (page.triage.heading, page.triage.reason, page.triage.caution, page.triage.types)
    return " ".join((*words, *advice, *triage, page.triage.clinic, page.maps_text, page.bars_note))


@pytest.fixture(params=product(ANSWERS, Advice), ids=lambda param: f"{param[0]}, {param[1]}")
def answered(request):
    name, advice = request.param
    return ANSWERS[name], advice


def test_verdict_names_what_the_set_holds(answered):
    answer, advice = answered
    page = present_result(case_of(answer, advice), 30)
    assert page.verdict.heading == answer.heading
    assert tuple(bar.code for bar in page.named) == answer.named
    assert page.verdict.left_out.startswith(answer.left_out)
    assert bool(page.verdict.left_out) == bool(answer.left_out)


def test_maps_are_those_of_types_that_are_possible(answered):
    answer, advice = answered
    page = present_result(case_of(answer, advice), 30)
    assert tuple(each.code for each in page.maps) == answer.maps
    if answer.why_two:
        assert page.maps_text.startswith(f"{answer.why_two}, so each has its map")
    else:
        assert "that area spoke for “" in page.maps_text


def test_advice_knows_what_the_verdict_names(answered):
    answer, advice = answered
    page = present_result(case_of(answer, advice), 30)
    for words in (page.advice.text, page.triage.caution):
        if advice is Advice.NOT_SUSPICIOUS:
            assert "This does not exclude cancer: " in words
            if answer.still_open:
                assert f"cancer: {answer.still_open}, and on the photos by which" in words
            assert "benign, but" not in words
        else:
            benign = f"{answer.all_benign} benign, but the malignant types together reach"
            assert (benign in words) is bool(answer.all_benign)
            assert "exclude cancer" not in words


def test_photo_that_was_not_recognised_is_promised_nothing(answered):
    answer, advice = answered
    case = case_of(answer, advice, refused=True)
    page = present_result(case, 30, prevalence=0.05, show_numbers=True)
    assert [words for words in PROMISES if words in told(page)] == []
    assert page.advice.heading == page.triage.heading == "No advice: the photo was not recognised"
    assert (page.advice.tone, page.advice.measured) == ("withheld", "")
    assert page.triage.rates == ()
    assert page.verdict.kicker == "A guess, not an answer"
