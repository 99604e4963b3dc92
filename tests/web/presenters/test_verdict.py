"""One type, several, or none: the page tells one story."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skinapp.domain.assessment import Assessment, assess
from skinapp.domain.trust import Novelty, SetRule
from skinapp.web.presenters.advice import advice_words
from skinapp.web.presenters.verdict import verdict_words, withheld_words
from tests.cast import OPERATING_POINT, RULES, SURE_NEVUS, UNSURE, a_prediction, an_assessment

SPACE = "\N{NO-BREAK SPACE}"


def with_sets(by_code: dict[str, float], *least: float) -> Assessment:
    levels = (0.90, 0.95)
    sets = tuple(SetRule(level, (p,) * 7) for level, p in zip(levels, least, strict=False))
    return assess(a_prediction(by_code), replace(RULES, sets=sets), ())


def test_set_of_one_gives_one_word():
    words = verdict_words(with_sets(SURE_NEVUS, 0.3))
    assert (words.kicker, words.heading) == ("Most likely lesion type", "Melanocytic nevus")


def test_set_of_two_names_both():
    words = verdict_words(with_sets({"mel": 0.5, "nv": 0.45, "bkl": 0.05}, 0.3))
    assert words.heading == "Melanoma or melanocytic nevus: both remain possible"
    assert "at least 9 lesions of 10, less often where that is a rare type" in words.explanation


@pytest.mark.parametrize(("least", "words"), [(0.15, "Three"), (0.09, "Four"), (0.0, "Seven")])
def test_larger_set_says_how_many_remain(least, words):
    heading = verdict_words(with_sets(UNSURE, least)).heading
    assert heading == f"{words} lesion types remain possible"


def test_more_careful_list_names_what_it_would_add():
    words = verdict_words(with_sets(UNSURE, 0.25, 0.1))
    assert words.wider == (
        "A more careful list, made to hold the true type in at least 95 lesions of 100, would "
        "also name melanocytic nevus and actinic keratosis or squamous cell carcinoma."
    )


def test_more_careful_list_that_adds_nothing_is_not_mentioned():
    assert verdict_words(with_sets(UNSURE, 0.25, 0.25)).wider == ""


def test_without_sets_the_model_is_unsure_by_its_certainty():
    assert verdict_words(an_assessment(UNSURE)).heading == "The model is unsure"


def test_strange_photo_is_refused_with_a_plain_reason():
    words = withheld_words(replace(an_assessment(), novelty=Novelty(2.0, 1.0)))
    assert words is not None
    assert words.heading == "Not recognised as a dermoscopic photo"
    assert "does not mean that it is harmless" in words.reason


def test_known_photo_is_not_refused():
    assert withheld_words(replace(an_assessment(), novelty=Novelty(0.5, 1.0))) is None


def test_prevalence_turns_rates_into_predictive_values():
    # Of 1,000 lesions 50 malignant: 47.55 flagged, 2.45 missed; 742.9 cleared, 207.1 flagged.
    words = advice_words(an_assessment(), 0.05).in_clinic
    assert f"Where 5.0{SPACE}% of the lesions are malignant" in words
    assert f"18.7{SPACE}% of the flagged ones are malignant" in words
    assert f"99.7{SPACE}% of the others are not" in words


def test_intervals_of_the_point_give_ranges_of_the_predictive_values():
    point = replace(
        OPERATING_POINT, sensitivity_interval=(0.92, 0.97), specificity_interval=(0.75, 0.81)
    )
    words = advice_words(replace(an_assessment(), operating_point=point), 0.05)
    assert f"(positive predictive value, 16.2{SPACE}% to 21.2{SPACE}%)" in words.in_clinic
    assert f"(sensitivity, 95 % interval 92.0{SPACE}% to 97.0{SPACE}%)" in words.measured


def test_predictive_value_is_never_certain():
    words = advice_words(an_assessment(), 0.0004).in_clinic
    assert f"Where <0.1{SPACE}% of the lesions are malignant" in words
    assert f">99.9{SPACE}% of the others are not" in words


def test_types_of_a_strange_photo_would_be_named_whatever_the_order_of_their_numbers():
    words = verdict_words(replace(with_sets(UNSURE, 0.25, 0.05), novelty=Novelty(2.0, 1.0)))
    assert words.heading == "Two lesion types would be named"
    assert words.explanation.startswith("How often the true type is among these is not known")


def test_without_a_prevalence_nothing_is_said_of_the_clinic():
    assert advice_words(an_assessment()).in_clinic == ""


def test_two_types_of_which_one_is_called_this_or_that_are_not_read_as_three():
    words = verdict_words(with_sets({"mel": 0.5, "akiec": 0.45, "bkl": 0.05}, 0.3))
    assert words.heading == "Two lesion types remain possible"


def test_a_more_careful_answer_is_none_of_a_list_where_one_type_is_named():
    words = verdict_words(with_sets({"mel": 0.7, "nv": 0.3}, 0.5, 0.2))
    assert words.wider.startswith("A more careful answer, made to hold the true type in at least")
