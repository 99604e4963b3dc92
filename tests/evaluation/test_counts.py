"""Counts on a command line."""

from argparse import ArgumentTypeError

import pytest

from skinapp.evaluation.counts import at_least_one, none_or_more


@pytest.mark.parametrize(
    ("read", "text", "count"), [(none_or_more, "0", 0), (at_least_one, "7", 7)]
)
def test_a_count_is_a_number(read, text, count):
    assert read(text) == count


@pytest.mark.parametrize(
    ("read", "text", "reason"),
    [
        (none_or_more, "-1", "-1 is less than 0"),
        (at_least_one, "0", "0 is less than 1"),
        (at_least_one, "many", "'many' is no whole number"),
        (none_or_more, "1.5", "'1.5' is no whole number"),
    ],
)
def test_what_counts_nothing_is_refused_in_words(read, text, reason):
    with pytest.raises(ArgumentTypeError, match=reason):
        read(text)
