"""Bounds that keep their promise on new lesions."""

import numpy as np
import pytest

from skinapp.evaluation.tolerance import confidence_of, highest_bound, lesions_to_miss


# By tables of the binomial distribution: 150 lesions of which each is missed with a chance of 0.05
# have 3 misses or fewer in 5 of 100 draws, and 4 or fewer in 13.
@pytest.mark.parametrize(
    ("lesions", "least", "missed"),
    [(150, 0.95, 3), (150, 0.90, 9), (150, 0.98, 0), (227, 0.98, 1), (45, 0.95, 0), (3, 0.95, 0)],
)
def test_bound_may_miss_as_many_lesions_as_leave_nine_chances_in_ten(lesions, least, missed):
    assert lesions_to_miss(lesions, least) == missed


def test_confidence_is_the_chance_that_more_would_be_missed_of_a_worse_share():
    # Of 2 lesions, each missed with a chance of 0.1: none with 0.81, one with 0.18, both with 0.01.
    assert [confidence_of(missed, 2, 0.9) for missed in (0, 1)] == [0.19, 0.01]


def test_bound_is_the_highest_value_below_which_few_enough_lesions_lie():
    values = np.array([0.5, 0.1, 0.4, 0.2, 0.3])
    assert [highest_bound(values, np.arange(5), may_miss) for may_miss in (0, 1, 3)] == [1, 3, 2]


def test_photos_of_a_lesion_share_one_vote():
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    # Half a lesion, then another half, then a whole one.
    assert highest_bound(values, np.array([0, 1, 2, 0, 1]), 1) == 2
