"""How a picture looks, as numbers."""

import numpy as np

from skinapp.model.appearance import APPEARANCE_FEATURES, appearance
from skinapp.model.square import centre_square
from skinapp.synthetic import draw_lesion


def lesion(size_px=224):
    return centre_square(np.asarray(draw_lesion("nevus", width_px=600, height_px=450)), size_px)


def test_every_picture_has_as_many_features_and_all_are_finite():
    for square in (
        lesion(),
        np.zeros((224, 224, 3), np.uint8),
        np.full((64, 64, 3), 255, np.uint8),
    ):
        features = appearance(square)
        assert features.shape == (APPEARANCE_FEATURES,)
        assert np.isfinite(features).all()


def test_input_size_of_the_network_changes_little():
    np.testing.assert_allclose(appearance(lesion(224)), appearance(lesion(320)), atol=0.15)


def test_exchanged_colours_look_different():
    assert np.abs(appearance(lesion()) - appearance(lesion()[..., ::-1])).max() > 0.1


def test_blur_takes_the_fine_steps_away():
    sharp = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    flat = np.full_like(sharp, 128)
    assert appearance(sharp)[-12:].mean() > appearance(flat)[-12:].mean() + 1
