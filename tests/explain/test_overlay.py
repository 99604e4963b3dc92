from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from skinapp.domain.photo import Photo
from skinapp.domain.prediction import ActivationMap
from skinapp.explain.overlay import draw_map, draw_overlay

HOT_CORNER = ActivationMap(4, 4, (1.0,) + (0.0,) * 15)


def a_photo(width_px: int, height_px: int) -> Photo:
    return Photo(bytes(width_px * height_px * 3), width_px, height_px, width_px, height_px, "JPEG")


def drawn(activation: ActivationMap, width_px: int = 300, height_px: int = 300) -> np.ndarray:
    data = draw_overlay(activation, a_photo(width_px, height_px))
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode) == ("PNG", "P")
        return np.asarray(image.convert("RGBA"))


@pytest.mark.parametrize(
    ("width_px", "height_px"), [(600, 450), (450, 600), (1600, 1600), (90, 70)]
)
def test_overlay_has_the_aspect_ratio_of_the_photo(width_px, height_px):
    overlay = drawn(HOT_CORNER, width_px, height_px)
    assert max(overlay.shape[:2]) == 320
    assert overlay.shape[1] / overlay.shape[0] == pytest.approx(width_px / height_px, rel=0.01)


def test_overlay_is_most_opaque_where_the_evidence_lies():
    alpha = drawn(HOT_CORNER)[..., 3]
    assert alpha[14, 14] > 130
    assert alpha[14, 306] == alpha[306, 14] == alpha[306, 306] == 0


def test_photo_shines_through_the_strongest_evidence():
    alpha = drawn(ActivationMap(1, 1, (1.0,)))[..., 3]
    assert 100 < alpha.max() < 180


def test_empty_map_draws_nothing():
    assert not drawn(ActivationMap(2, 2, (0.0,) * 4))[..., 3].any()


@pytest.mark.parametrize(
    ("width_px", "height_px", "side"),
    [(600, 450, (slice(None), slice(0, 38))), (450, 600, (slice(0, 38), slice(None)))],
)
def test_outside_of_the_square_the_network_saw_nothing_is_drawn(width_px, height_px, side):
    everywhere = ActivationMap(2, 2, (1.0,) * 4)
    overlay = drawn(everywhere, width_px, height_px)
    assert not overlay[side][..., 3].any()


def test_square_is_outlined_when_it_is_not_the_whole_photo():
    nothing = ActivationMap(2, 2, (0.0,) * 4)
    assert drawn(nothing, 600, 450)[120, 40, 3] > 0


def test_frame_of_a_photo_that_is_almost_square_is_drawn_as_the_page_says():
    nothing = ActivationMap(2, 2, (0.0,) * 4)
    assert drawn(nothing, 1600, 1599)[0, 0, 3] > 0
    assert drawn(nothing, 1600, 1600)[0, 0, 3] == 0


def test_lightness_rises_with_the_value_so_that_colour_is_not_needed():
    ramp = ActivationMap(1, 9, tuple(i / 8 for i in range(9)))
    middle = drawn(ramp)[160, 20:300:10, :3].astype(float)
    lightness = middle @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -0.5).all()
    assert lightness[-1] - lightness[0] > 150


def test_map_of_a_kept_case_is_drawn_as_it_was_over_the_photo():
    assert draw_map(HOT_CORNER, 600, 450) == draw_overlay(HOT_CORNER, a_photo(600, 450))
