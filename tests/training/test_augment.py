"""Random views of a training image."""

import numpy as np
import pytest
from PIL import Image

from skinapp.training.augment import augmented_view
from skinapp.training.recipe import Augmentation

NOTHING = Augmentation(
    crop_of="square",
    crop_scale=(1.0, 1.0),
    crop_ratio=(1.0, 1.0),
    flips=False,
    right_angles=False,
    brightness=0.0,
    contrast=0.0,
    saturation=0.0,
    hue=0.0,
)


@pytest.fixture
def square():
    return Image.fromarray(
        np.random.default_rng(0).integers(60, 200, size=(32, 32, 3), dtype=np.uint8)
    )


def view(image, seed=0, **ranges):
    return augmented_view(image, 32, NOTHING.model_copy(update=ranges), np.random.default_rng(seed))


def test_view_without_any_change_is_the_image(square):
    assert np.abs(view(square).astype(int) - np.asarray(square)).max() <= 1


def test_all_eight_symmetries_of_the_square_occur_and_only_move_pixels(square):
    views = [view(square, seed=seed, flips=True, right_angles=True) for seed in range(60)]
    assert len({turned.tobytes() for turned in views}) == 8
    assert len({np.sort(turned.ravel()).tobytes() for turned in views}) == 1


def test_saturation_leaves_the_luminance(square):
    luma = np.array([0.299, 0.587, 0.114])
    changed = view(square, saturation=0.5)
    assert (changed @ luma).mean() == pytest.approx((view(square) @ luma).mean(), abs=1.5)
    assert not np.array_equal(changed, view(square))


def test_grey_stays_grey_under_a_turn_of_hue():
    grey = Image.new("RGB", (32, 32), (120, 120, 120))
    assert np.ptp(view(grey, hue=0.4).astype(int), axis=2).max() <= 1


def test_crop_takes_the_share_of_the_area_it_was_told_to():
    ramp = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None, :], 64, axis=0)
    image = Image.fromarray(np.stack([ramp] * 3, axis=2))
    cut = view(image, crop_scale=(0.25, 0.25))[..., 0].astype(int)
    assert np.ptp(cut) == pytest.approx(255 / 2, abs=12)


def test_crop_of_the_frame_takes_its_share_of_the_whole_picture():
    ramp = np.repeat(np.linspace(0, 255, 128, dtype=np.uint8)[None, :], 32, axis=0)
    image = Image.fromarray(np.stack([ramp] * 3, axis=2))
    widths = [
        np.ptp(view(image, crop_of=whole, crop_scale=(0.25, 0.25))[..., 0].astype(int))
        for whole in ("square", "frame")
    ]
    assert widths == [pytest.approx(255 / 8, abs=8), pytest.approx(255 / 4, abs=8)]
