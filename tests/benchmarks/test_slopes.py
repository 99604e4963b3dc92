from __future__ import annotations

import pytest

from benchmarks.slopes import growth_power

CASES = (1_000, 10_000, 100_000, 1_000_000)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_power_of_growth_is_found(power: float):
    assert growth_power(CASES, [0.2 * n**power for n in CASES]) == pytest.approx(power)


@pytest.mark.parametrize(("across", "up"), [([1.0], [1.0]), ([1.0, 2.0], [0.0, 1.0])])
def test_what_has_no_power_is_refused(across: list[float], up: list[float]):
    with pytest.raises(ValueError, match="two points"):
        growth_power(across, up)
