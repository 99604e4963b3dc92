"""The light's colour, taken out of a picture."""

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinapp.model.colour_constancy import under_white_light, white_light_tables
from skinapp.model.network_input import network_input
from skinapp.model.square import centre_square, normalised
from skinapp.synthetic import draw_lesion
from tests.cast import a_card

SIDE_PX = 96


@pytest.fixture
def square():
    return centre_square(np.asarray(draw_lesion("nevus", seed=4)), SIDE_PX)


def lit(square, *gains):
    return np.clip(np.rint(square * np.array(gains)), 0, 255).astype(np.uint8)


def furthest_mean(one, other):
    return np.abs(one.mean(axis=(0, 1)) - other.mean(axis=(0, 1))).max()


@pytest.mark.parametrize("gains", [(0.7, 0.9, 0.8), (0.9, 0.8, 0.6), (0.6, 0.6, 0.9)])
def test_another_lamp_makes_hardly_a_difference(square, gains):
    other = lit(square, *gains)
    # As bright as the lamp leaves it, because white light is as strong as the lamp was.
    seen, again = under_white_light(square).astype(float), under_white_light(other).astype(float)
    brighter = seen.mean() / again.mean()
    assert furthest_mean(square, other) > 20
    assert furthest_mean(seen, brighter * again) < 2


def test_light_is_white_afterwards(square):
    tables = white_light_tables(under_white_light(square))
    assert np.abs(tables.astype(int) - np.arange(256)).max() <= 2


def test_grey_picture_stays_as_it_is():
    grey = np.repeat(np.arange(0, 256, 4, dtype=np.uint8), 3).reshape(8, 8, 3)
    assert np.array_equal(under_white_light(grey), grey)


def test_norm_counts_bright_pixels_more_than_the_mean_does():
    square = np.full((10, 10, 3), (20, 20, 20), np.uint8)
    square[0, :5] = (200, 100, 100)
    gains = under_white_light(square)[0, 0] / square[0, 0]
    assert gains[1] / gains[0] == pytest.approx(2, rel=0.02)


@given(npst.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_every_picture_keeps_its_shape_and_brighter_stays_brighter(pixels):
    tables = white_light_tables(pixels)
    assert under_white_light(pixels).shape == pixels.shape
    assert (np.diff(tables.astype(int)) >= 0).all()


@pytest.mark.parametrize("constant", [False, True])
def test_network_is_fed_white_light_where_its_card_says_so(square, constant):
    shape = a_card().input.model_copy(update={"colour_constancy": constant})
    shown = under_white_light(square) if constant else square
    assert np.array_equal(network_input(square, shape), normalised(shown, shape.mean, shape.std))
