"""The same picture is found again, whatever was done to it; other pictures are not."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from skinapp.synthetic import KINDS, draw_lesion
from skinapp.training.fingerprint import (
    SAME_PICTURE,
    fingerprints,
    picture_groups,
    thumbnail,
    twins_between,
    twins_within,
)


def recompressed(image, quality=40):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


def centre_square(image):
    left = (image.width - image.height) // 2
    return image.crop((left, 0, left + image.height, image.height))


CHANGES = {
    "squeezed to a small square": lambda image: image.resize((180, 180)),
    "compressed": recompressed,
    "brightened": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "turned": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "cropped to its square": centre_square,
}


@pytest.fixture(scope="module")
def lesions():
    return [draw_lesion(KINDS[n % 4], seed=n, width_px=448, height_px=336) for n in range(24)]


def thumbnails(images):
    return np.stack([thumbnail(image) for image in images])


@pytest.mark.parametrize("change", CHANGES)
def test_every_picture_is_found_again_and_no_other(lesions, change):
    changed = [CHANGES[change](image) for image in lesions]
    twins = twins_between(thumbnails(lesions), thumbnails(changed))
    assert [(twin.first, twin.second) for twin in twins] == [(n, n) for n in range(24)]


@pytest.mark.parametrize(
    ("change", "how"),
    [
        ("compressed", "same frame"),
        ("mirrored", "turned or mirrored"),
        ("cropped to its square", "cropped"),
    ],
)
def test_it_is_told_how_two_files_show_one_picture(lesions, change, how):
    twins = twins_between(thumbnails(lesions[:4]), thumbnails(map(CHANGES[change], lesions[:4])))
    assert {twin.how for twin in twins} == {how}


def test_different_lesions_of_one_set_are_no_twins(lesions):
    assert twins_within(thumbnails(lesions)) == []


def test_empty_frames_are_like_nothing():
    empty = [Image.new("RGB", (100, 80), (shade, shade, shade)) for shade in (0, 0, 120)]
    assert twins_within(thumbnails(empty)) == []


def test_a_picture_is_like_itself(lesions):
    prints = fingerprints(thumbnails(lesions))
    assert np.allclose((prints * prints).sum(axis=1), 1, atol=1e-5)
    assert (prints @ prints.T > SAME_PICTURE).sum() == len(lesions)


def test_twins_of_twins_are_one_picture(lesions):
    images = [lesions[0], lesions[1], recompressed(lesions[0]), CHANGES["mirrored"](lesions[0])]
    groups = picture_groups(4, twins_within(thumbnails(images)))
    assert groups == [0, 1, 0, 0]
