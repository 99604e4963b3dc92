"""Blur, compression and erased areas of training views."""

import numpy as np
import pytest

from skinapp.synthetic import draw_lesion
from skinapp.training.degrade import degraded
from skinapp.training.recipe import Degradation


@pytest.fixture
def view():
    return np.asarray(draw_lesion("melanoma", seed=4, width_px=96, height_px=96))


def detail(view):
    return float(np.abs(np.diff(view.astype(float), axis=1)).mean())


def test_nothing_is_changed_by_default(view):
    assert degraded(view, Degradation(), np.random.default_rng(0)) is view


def test_blur_takes_detail_away(view):
    blurred = degraded(view, Degradation(blur_chance=1, blur_share=0.05), np.random.default_rng(1))
    assert detail(blurred) < detail(view)


def test_compression_keeps_the_picture_but_not_every_pixel(view):
    ranges = Degradation(compression_chance=1, compression_quality=(30, 40))
    compressed = degraded(view, ranges, np.random.default_rng(0))
    difference = np.abs(compressed.astype(int) - view)
    assert 0 < difference.mean() < 10


@pytest.mark.parametrize("seed", range(20))
def test_erased_rectangle_has_one_colour_and_the_asked_area(view, seed):
    ranges = Degradation(erase_chance=1, erase_area=(0.1, 0.2))
    erased = degraded(view, ranges, np.random.default_rng(seed))
    changed = (erased != view).any(axis=2)
    assert len(np.unique(erased[changed].reshape(-1, 3), axis=0)) == 1
    assert 0.05 < changed.mean() < 0.22
