"""From a probability to an advice."""

from __future__ import annotations

import math

import pytest

from skinapp.domain.triage import Advice
from tests.cast import a_card


@pytest.mark.parametrize(
    ("probability", "advice"),
    [
        (lambda threshold: math.nextafter(threshold, 0), Advice.NOT_SUSPICIOUS),
        (lambda threshold: threshold, Advice.SUSPICIOUS),
        (lambda threshold: math.nextafter(threshold, 1), Advice.SUSPICIOUS),
    ],
    ids=["below", "at", "above"],
)
def test_a_probability_at_the_threshold_counts_as_suspicious(probability, advice: Advice):
    point = a_card().rules.operating_point
    assert point.advice(probability(point.threshold)) is advice
