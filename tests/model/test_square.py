"""The one transform from pixels to network input."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from skinapp.model import preprocess
from skinapp.model.square import centre_square, normalised
from skinapp.model.torchvision_door import functional
from skinapp.synthetic import draw_lesion

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def photo(width_px, height_px):
    picture = draw_lesion("melanoma", seed=3, width_px=width_px, height_px=height_px, hairs=True)
    return np.asarray(picture)


@pytest.mark.parametrize("size_px", [64, 224, 380])
@pytest.mark.parametrize(("width_px", "height_px"), [(600, 450), (450, 601), (1000, 750)])
def test_pixels_are_those_of_torchvisions_antialiased_resize(width_px, height_px, size_px):
    pixels = photo(width_px, height_px)
    side_px = min(width_px, height_px)
    top, left = (height_px - side_px) // 2, (width_px - side_px) // 2
    square = np.array(pixels[top : top + side_px, left : left + side_px])
    tensor = torch.from_numpy(square).permute(2, 0, 1)
    theirs = functional.resize(tensor, [size_px, size_px], antialias=True)
    difference = centre_square(pixels, size_px).astype(int) - theirs.permute(1, 2, 0).numpy()
    assert np.abs(difference).max() <= 1
    assert np.abs(difference).mean() < 0.01
    assert abs(difference.mean()) < 0.01


def test_pixels_are_not_shifted():
    ramp = np.broadcast_to(np.linspace(0, 255, 512).round()[None, :, None], (512, 512, 3))
    square = centre_square(ramp.astype(np.uint8), 128).astype(float)
    expected = ramp.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3))
    # At the edges the filter has nothing to look at outside.
    assert np.abs(square - expected)[:, 2:-2].max() < 1


@pytest.mark.parametrize(("width_px", "height_px"), [(640, 480), (480, 640), (500, 500)])
def test_network_is_shown_the_centre_square(width_px, height_px):
    pixels = np.zeros((height_px, width_px, 3), np.uint8)
    middle_y, middle_x = height_px // 2, width_px // 2
    pixels[middle_y - 40 : middle_y + 40, middle_x - 40 : middle_x + 40] = 255
    square = centre_square(pixels, 120)
    assert square.shape == (120, 120, 3)
    bright = np.argwhere(square[..., 0] > 127)
    assert bright.mean(axis=0) == pytest.approx([59.5, 59.5], abs=1)


def test_normalised_channels_have_the_cards_statistics():
    white = np.full((4, 4, 3), 255, np.uint8)
    found = normalised(white, (0.5, 0.0, 1.0), (0.5, 0.25, 1.0))
    assert (found.shape, found.dtype) == ((1, 3, 4, 4), np.float32)
    assert found[0, :, 0, 0] == pytest.approx([1.0, 4.0, 0.0], abs=1e-6)


def test_training_and_serving_see_the_same():
    pixels = photo(600, 450)
    batch = preprocess.tensor_of(centre_square(pixels, 96))[None]
    training = preprocess.normalise(batch, MEAN, STD).numpy()
    serving = normalised(centre_square(pixels, 96), MEAN, STD)
    np.testing.assert_allclose(serving, training, atol=1e-5)


def test_serving_needs_no_torch_to_see():
    program = "import sys, skinapp.model.square; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
