from __future__ import annotations

import numpy as np
import pytest

from benchmarks.slopes import Trend, growth_power, robust_line, trend

CASES = (1_000, 10_000, 100_000, 1_000_000)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_power_of_growth_is_found(power: float):
    assert growth_power(CASES, [0.2 * n**power for n in CASES]) == pytest.approx(power)


@pytest.mark.parametrize(("across", "up"), [([1.0], [1.0]), ([1.0, 2.0], [0.0, 1.0])])
def test_what_has_no_power_is_refused(across: list[float], up: list[float]):
    with pytest.raises(ValueError, match="two points"):
        growth_power(across, up)


def test_one_outlier_does_not_move_the_line():
    up = [2.0 * x for x in range(20)]
    up[7] = 900.0
    assert robust_line(range(20), up).slope == pytest.approx(2.0)


def test_samples_that_repeat_each_other_make_the_interval_no_narrower():
    chance = np.random.default_rng(3)
    steps = chance.normal(size=24).tolist()
    repeated = [step for step in steps for _ in range(50)]
    few, many = trend(range(24), steps), trend([x / 50 for x in range(1200)], repeated)
    assert many.high - many.low == pytest.approx(few.high - few.low, rel=0.2)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Trend(0.1, -0.2, 0.9), "held"),
        (Trend(1.5, 1.1, 1.9), "broken"),
        (Trend(0.9, 0.1, 1.9), "undecided"),
    ],
)
def test_a_bound_is_held_or_broken_only_by_the_whole_interval(found: Trend, verdict: str):
    assert found.verdict(1.0) == verdict


def test_too_few_points_make_no_line():
    with pytest.raises(ValueError, match="4 points"):
        robust_line([1, 2, 3], [1, 2, 3])
