"""From a probability to an advice."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinapp.domain.triage import Advice, at_prevalence
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


def test_probability_at_another_prevalence_follows_from_bayes_rule():
    # Of 1,000 lesions 200 are malignant, and of those that look like this one 50 are, 50 are not.
    # Where 50 of 1,000 are malignant, a quarter of 200, 12.5 of them look so, and 950/800 of 50.
    looks_so, benign = 50 / 4, 50 * 950 / 800
    assert at_prevalence(0.5, 0.2, 0.05) == pytest.approx(looks_so / (looks_so + benign))


@given(
    probability=st.floats(0, 1), share=st.floats(0.001, 0.999), prevalence=st.floats(0.001, 0.999)
)
def test_probability_follows_the_prevalence_and_stays_one(probability, share, prevalence):
    there = at_prevalence(probability, share, prevalence)
    assert 0 <= there <= 1
    assert at_prevalence(probability, share, share) == pytest.approx(probability)
    assert at_prevalence(there, prevalence, share) == pytest.approx(probability, abs=1e-6)
    assert (there - probability) * (prevalence - share) >= -1e-9
