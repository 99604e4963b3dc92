"""Near-duplicates are found whatever was done to the copy."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from skinapp.synthetic import draw_lesion
from skinapp.training.duplicates import NEAR_DISTANCE, duplicate_groups, near_pairs, perceptual_hash


@pytest.fixture
def lesion():
    return draw_lesion("melanoma", seed=1, width_px=320, height_px=240)


def recompressed(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=40)
    return Image.open(file)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda image: image.resize((180, 180)), id="squeezed and smaller"),
        pytest.param(recompressed, id="compressed again"),
        pytest.param(lambda image: ImageEnhance.Brightness(image).enhance(0.8), id="darker"),
    ],
)
def test_changed_copy_is_near_its_original(lesion, change):
    apart = int((perceptual_hash(lesion) != perceptual_hash(change(lesion))).sum())
    assert apart <= NEAR_DISTANCE


def test_groups_join_copies_and_keep_other_lesions_apart(lesion):
    others = [draw_lesion("nevus", seed=seed, width_px=320, height_px=240) for seed in (5, 6)]
    images = [lesion, others[0], recompressed(lesion), others[1], lesion.resize((100, 100))]
    groups = duplicate_groups([perceptual_hash(image) for image in images])
    assert groups[0] == groups[2] == groups[4]
    assert len(set(groups)) == 3


def test_no_image_makes_no_group():
    assert duplicate_groups([]) == []


def test_pairs_name_the_rows_of_both_sets(lesion):
    other = draw_lesion("vascular", seed=9, width_px=320, height_px=240)
    ours = np.stack([perceptual_hash(other), perceptual_hash(lesion)])
    theirs = np.stack([perceptual_hash(lesion)])
    assert near_pairs(ours, theirs).tolist() == [[1, 0]]
