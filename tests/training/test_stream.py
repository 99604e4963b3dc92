"""The stream of views that a run reads."""

import numpy as np
import pytest
import torch

from skinapp.model.colour_constancy import under_white_light
from skinapp.model.square import centre_square
from skinapp.training.data import ViewStream
from skinapp.training.open_image import open_image
from skinapp.training.recipe import Degradation
from tests.training.conftest import CODES, pool_of


def test_stream_gives_the_same_views_every_time(small_recipe, images):
    first, second = (ViewStream([pool_of(images)], small_recipe) for _ in range(2))
    view, target = first[17]
    again, same_target = second[17]
    assert torch.equal(view, again)
    assert target == same_target


def test_views_and_validation_are_under_the_same_light(small_recipe, images):
    """What random colours leave alone is what the network is shown in validation."""
    still = dict.fromkeys(("brightness", "contrast", "saturation", "hue", "illuminant", "gamma"), 0)
    whole = {"crop_of": "square", "crop_scale": (1.0, 1.0), "crop_ratio": (1.0, 1.0)}
    turns = {"flips": False, "right_angles": False, "degradation": Degradation()}
    changes = {
        "augmentation": small_recipe.augmentation.model_copy(update=still | whole | turns),
        "input": small_recipe.input.model_copy(update={"colour_constancy": True}),
    }
    stream = ViewStream([pool_of(images[:1])], small_recipe.model_copy(update=changes))
    view = stream[0][0].permute(1, 2, 0).numpy().astype(float)
    square = centre_square(np.asarray(open_image(images[0].path)), len(view))
    under = under_white_light(square)
    assert np.abs(view.mean(axis=(0, 1)) - under.mean(axis=(0, 1))).max() < 2
    assert np.abs(view.mean(axis=(0, 1)) - square.mean(axis=(0, 1))).max() > 10


def test_rare_classes_are_drawn_more_often_than_they_occur(small_recipe, images):
    common = [image for image in images if image.code == "nv"] * 30
    rare = [image for image in images if image.code == "df"]
    stream = ViewStream([pool_of([*common, *rare])], small_recipe)
    drawn = np.array([stream._targets[draw] for draw in stream._draws])
    many = np.random.default_rng(0).choice(len(stream._targets), size=len(drawn))
    natural = np.mean([stream._targets[draw] == CODES.index("df") for draw in many])
    assert np.mean(drawn == CODES.index("df")) > natural


def test_another_set_gets_its_share_of_the_views_however_large_it_is(small_recipe, images):
    recipe = small_recipe.model_copy(
        update={"optimiser": small_recipe.optimiser.model_copy(update={"batch_size": 500})}
    )
    stream = ViewStream([pool_of(images, 0.8), pool_of(images * 20, 0.2)], recipe)
    assert np.mean(stream._draws >= len(images)) == pytest.approx(0.2, abs=0.03)
