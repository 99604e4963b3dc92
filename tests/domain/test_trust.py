"""Prediction sets, refusals and predictive values."""

from dataclasses import replace

import pytest

from skinapp.domain.assessment import assess
from skinapp.domain.trust import PredictionSet, SetRule
from tests.cast import OPERATING_POINT, RULES, SURE_MELANOMA, UNSURE, a_prediction

# In the order of the labels: akiec bcc bkl df mel nv vasc.
NINETY = SetRule(0.90, (0.3, 0.3, 0.3, 0.3, 0.05, 0.6, 0.3))
NINETY_FIVE = SetRule(0.95, (0.05,) * 7)


def codes(found: PredictionSet) -> list[str]:
    return [lesion.code for lesion in found.lesions]


def test_set_holds_the_classes_that_reach_their_own_probability():
    assert codes(NINETY.apply(a_prediction(UNSURE))) == ["bkl", "mel"]


def test_most_probable_class_is_in_the_set_even_below_its_bound():
    assert codes(NINETY.apply(a_prediction({"nv": 0.5, "mel": 0.3, "bkl": 0.2}))) == ["nv", "mel"]


def test_set_without_members_can_not_be_made():
    with pytest.raises(ValueError, match="at least one member"):
        PredictionSet(0.9, ())


def test_lowest_level_decides_whether_there_is_a_single_verdict():
    rules = replace(RULES, sets=(NINETY, NINETY_FIVE))
    sure = assess(a_prediction(SURE_MELANOMA), rules, ())
    assert not sure.unsure
    assert [len(each.lesions) for each in sure.sets] == [1, 3]


def test_set_of_two_names_both_candidates():
    found = assess(a_prediction(UNSURE), replace(RULES, sets=(NINETY,)), ())
    assert found.unsure
    assert [lesion.code for lesion in found.candidates] == ["bkl", "mel"]


def test_without_sets_the_certainty_rule_decides():
    found = assess(a_prediction(UNSURE), RULES, ())
    assert found.sets == ()
    assert [lesion.code for lesion in found.candidates] == ["bkl", "mel", "nv"]


@pytest.mark.parametrize(("score", "refused"), [(1.0, False), (1.01, True)])
def test_photo_above_the_threshold_is_refused(score, refused):
    prediction = replace(a_prediction(), novelty_score=score)
    assert assess(prediction, replace(RULES, novelty_threshold=1.0), ()).refused is refused


def test_nothing_is_refused_where_the_model_can_not_tell():
    strange = replace(a_prediction(), novelty_score=99.0)
    assert not assess(strange, RULES, ()).refused
    assert not assess(a_prediction(), replace(RULES, novelty_threshold=1.0), ()).refused


def test_predictive_values_follow_from_bayes_rule():
    # Of 1,000 lesions 100 are malignant: 90 found and 10 missed, 720 cleared, 180 false alarms.
    point = replace(OPERATING_POINT, sensitivity=0.9, specificity=0.8)
    values = point.predictive_values(0.1)
    assert values.malignant_if_flagged == pytest.approx(90 / 270)
    assert values.malignant_if_not_flagged == pytest.approx(10 / 730)


def test_predictive_value_of_a_threshold_that_flags_nothing_is_none():
    point = replace(OPERATING_POINT, sensitivity=0.0, specificity=1.0)
    assert point.predictive_values(0.1).malignant_if_flagged == 0.0
