"""Intervals of shares, held against published values and against the binomial itself."""

import pytest
from scipy.stats import binom

from skinapp.evaluation.intervals import clopper_pearson, wilson


def test_wilson_equals_the_value_in_newcombe_1998():
    # Newcombe, Stat. Med. 17:857 (1998), table I: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


@pytest.mark.parametrize("n", [1, 20])
def test_intervals_stay_within_0_and_1(n):
    for interval in (wilson, clopper_pearson):
        assert interval(0, n)[0] == pytest.approx(0.0, abs=1e-12)
        assert interval(n, n)[1] == pytest.approx(1.0)


def test_exact_interval_ends_where_the_count_becomes_improbable():
    low, high = clopper_pearson(7, 40)
    assert binom.sf(6, 40, low) == pytest.approx(0.025)
    assert binom.cdf(7, 40, high) == pytest.approx(0.025)
