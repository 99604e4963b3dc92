from __future__ import annotations

import pytest

from skinapp.web.presenters.percent import measured_percent, of_hundred, percent, percents_apart

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "<1"),
        (0.004, "<1"),
        (0.006, "1"),
        (0.5, "50"),
        (0.994, "99"),
        (0.996, ">99"),
        (1.0, ">99"),
    ],
)
def test_probability_is_never_nothing_or_everything(share, text):
    assert percent(share) == f"{text}{SPACE}%"


def test_values_that_round_alike_get_decimals():
    assert percents_apart(0.196, 0.2) == (f"19.6{SPACE}%", f"20.0{SPACE}%")


def test_values_that_differ_get_none():
    assert percents_apart(0.3, 0.2) == (f"30{SPACE}%", f"20{SPACE}%")


def test_equal_values_stay_short():
    assert percents_apart(0.2, 0.2) == (f"20{SPACE}%", f"20{SPACE}%")


def test_measured_rate_may_be_complete():
    assert measured_percent(1.0) == f"100.0{SPACE}%"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "no"),
        (0.004, "fewer than 1 of 100"),
        (0.049, "about 5 of 100"),
        (0.6, "about 60 of 100"),
        (0.997, "more than 99 of 100"),
        (1.0, "all"),
    ],
)
def test_rate_is_given_as_so_many_of_a_hundred(share, words):
    assert of_hundred(share) == words
