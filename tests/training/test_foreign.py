"""Foreign pictures: drawn, from samples, and divided by kind."""

import numpy as np

from skinapp.training.foreign import drawn, kinds_apart, photographs
from skinapp.training.foreign_drawings import DRAWN


def test_same_seed_draws_the_same_pictures():
    for first, again in zip(drawn(5, 2), drawn(5, 2), strict=True):
        np.testing.assert_array_equal(first.pixels, again.pixels)


def test_every_kind_has_as_many_pictures_as_asked_for():
    assert len(drawn(1, 2)) == 2 * len(DRAWN)
    counts = {}
    for picture in photographs(1, 2):
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.shape == (336, 336, 3)
        counts[picture.kind] = counts.get(picture.kind, 0) + 1
    assert set(counts.values()) == {2}


def test_kinds_are_divided_in_halves_without_overlap():
    first, second = kinds_apart([f"kind{i}" for i in range(11)], 3)
    assert (len(first), len(second), first & second) == (6, 5, frozenset())
