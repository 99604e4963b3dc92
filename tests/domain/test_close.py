"""When the second type stands beside the first, and what a class is made of."""

from dataclasses import replace

import pytest

from skinapp.domain.assessment import assess
from skinapp.domain.trust import SetRule, close_rival
from tests.cast import RULES, SURE_NEVUS, UNSURE, a_prediction


def rival_code(by_code, rules=RULES):
    rival = assess(a_prediction(by_code), rules, ()).rival
    return None if rival is None else rival.code


@pytest.mark.parametrize(("second", "rival"), [(0.3, "mel"), (0.29, None)])
def test_second_type_is_close_from_half_the_first_on(second, rival):
    by_code = {"nv": 0.6, "mel": second, "bkl": 0.4 - second}
    assert rival_code(by_code) == rival


def test_second_type_is_close_where_the_page_names_both():
    rare = replace(RULES, sets=(SetRule(0.9, (0.04,) * 7),))
    by_code = {"nv": 0.94, "mel": 0.05, "bkl": 0.01}
    assert rival_code(by_code) is None
    assert rival_code(by_code, rare) == "mel"


def test_second_type_outside_the_set_has_no_map_however_close_it_is():
    # In the order of the labels: akiec bcc bkl df mel nv vasc.
    strict_of_nevi = replace(RULES, sets=(SetRule(0.9, (0.3, 0.3, 0.05, 0.3, 0.07, 0.43, 0.3)),))
    alone = {"mel": 0.55, "nv": 0.42, "bkl": 0.03}
    third_in_the_set = {"mel": 0.5, "nv": 0.42, "bkl": 0.08}
    assert rival_code(alone) == rival_code(third_in_the_set) == "nv"
    assert rival_code(alone, strict_of_nevi) is None
    assert rival_code(third_in_the_set, strict_of_nevi) is None


def test_type_that_is_more_probable_than_a_named_one_is_passed_over():
    strict_of_nevi = replace(RULES, sets=(SetRule(0.9, (0.3, 0.3, 0.05, 0.3, 0.07, 0.43, 0.3)),))
    for by_code, codes in (
        ({"mel": 0.8, "nv": 0.12, "bkl": 0.08}, ["nv"]),
        ({"mel": 0.55, "nv": 0.42, "bkl": 0.03}, ["nv"]),
        ({"mel": 0.8, "nv": 0.17, "bkl": 0.03}, ["nv"]),  # as probable as one in ten
        ({"mel": 0.88, "nv": 0.09, "bkl": 0.03}, []),
        ({"nv": 0.5, "mel": 0.45, "bkl": 0.05}, []),
    ):
        found = assess(a_prediction(by_code), strict_of_nevi, ()).passed_over
        assert [lesion.code for lesion in found] == codes


def test_without_sets_no_type_is_passed_over():
    assert assess(a_prediction(UNSURE), RULES, ()).passed_over == ()


def test_sure_answer_has_no_rival():
    assert rival_code(SURE_NEVUS) is None


def test_model_without_a_second_map_has_nothing_to_put_beside():
    alone = replace(a_prediction(UNSURE), runner_up_map=None)
    assert close_rival(alone, alone.labels, by_set=True) is None


def test_class_of_two_leaves_is_split_with_the_likelier_one_first():
    prediction = a_prediction({"akiec": 0.4, "nv": 0.6})
    akiec, nv = prediction.labels[0], prediction.labels[5]
    assert [(part.leaf.code, part.probability) for part in prediction.leaves_of(akiec)] == [
        ("ak", pytest.approx(0.3)),
        ("scc", pytest.approx(0.1)),
    ]
    assert prediction.leaves_of(nv) == ()
