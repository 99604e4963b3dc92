"""The interval of a share, held against published values and against the binomial itself."""

import pytest
from scipy.stats import binom

from skinapp.evaluation.intervals import clopper_pearson


def test_interval_equals_the_value_in_newcombe_1998():
    # Newcombe, Stat. Med. 17:857 (1998), table I, method 5: 81 of 263.
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=1e-4)


@pytest.mark.parametrize("n", [1, 20])
def test_interval_stays_within_0_and_1(n):
    assert clopper_pearson(0, n)[0] == 0.0
    assert clopper_pearson(n, n)[1] == 1.0


def test_exact_interval_ends_where_the_count_becomes_improbable():
    low, high = clopper_pearson(7, 40)
    assert binom.sf(6, 40, low) == pytest.approx(0.025)
    assert binom.cdf(7, 40, high) == pytest.approx(0.025)
