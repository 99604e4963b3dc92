"""Where one name is asked for, rarity counts among the types that remain possible."""

from dataclasses import replace

import pytest

from skinapp.domain.assessment import assess
from skinapp.domain.naming import NamingRule
from skinapp.domain.trust import SetRule
from tests.cast import RULES, a_prediction

# In the order of the labels: akiec bcc bkl df mel nv vasc.
RARE_FIRST = NamingRule((4.0, 3.0, 2.0, 6.0, 2.0, 1.0, 5.0))
DOUBT = {"df": 0.12, "mel": 0.33, "nv": 0.55}


def named(by_code, **changes):
    rules = replace(RULES, **changes)
    return rules.one_name(assess(a_prediction(by_code), rules, ())).code


@pytest.fixture
def two_remain():
    return (SetRule(0.9, (0.3, 0.3, 0.3, 0.3, 0.05, 0.3, 0.3)),)


def test_rarer_type_is_named_before_a_somewhat_more_probable_one(two_remain):
    assert named(DOUBT, sets=two_remain, naming=RARE_FIRST) == "mel"


def test_type_that_the_set_leaves_out_is_not_named_however_rare_it_is(two_remain):
    heavy = NamingRule((1.0, 1.0, 1.0, 99.0, 1.0, 1.0, 1.0))
    assert named(DOUBT, sets=two_remain, naming=heavy) == "nv"


def test_single_verdict_keeps_its_name(two_remain):
    assert named({"nv": 0.97, "df": 0.03}, sets=two_remain, naming=RARE_FIRST) == "nv"


def test_without_a_rule_the_most_probable_type_is_named(two_remain):
    assert named(DOUBT, sets=two_remain) == "nv"


def test_of_two_that_weigh_the_same_the_first_label_is_named():
    prediction = a_prediction({"mel": 0.5, "nv": 0.5})
    assert NamingRule((1.0,) * 7).name(prediction, prediction.labels).code == "mel"


def test_nothing_can_be_named_among_no_types():
    with pytest.raises(ValueError, match="empty"):
        RARE_FIRST.name(a_prediction(), ())
