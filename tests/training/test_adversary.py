"""Features that are made not to tell which set an image is from."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from skinapp.model.network import build_network
from skinapp.training.adversary import SetAdversary, make_adversary
from skinapp.training.data import ViewStream
from skinapp.training.loop import Run
from skinapp.training.recipe import Adversary, Extra, Recipe, RecipeUnreadable
from skinapp.training.start import starting_network
from tests.training.conftest import CODES, pool_of
from tests.training.test_loop import PowerCutError, cut_the_power, no_validation

CHANNELS = 4
# Two sets, three outputs; the second set has none of the last.
SHARES = np.array([[0.4, 0.2, 0.2], [0.1, 0.1, 0.0]])
SETTINGS = Adversary(weight=0.5, hidden=8, learning_rate=1e-2)


@pytest.fixture
def adversary():
    torch.manual_seed(3)
    return SetAdversary(CHANNELS, SHARES, SETTINGS)


def embeddings(number):
    generator = torch.Generator().manual_seed(8)
    return torch.randn(number, CHANNELS, generator=generator, requires_grad=True)


def test_network_climbs_what_the_adversary_descends(adversary):
    seen, straight = embeddings(6), embeddings(6)
    sets, targets = torch.tensor([0, 1, 0, 1, 0, 1]), torch.tensor([0, 0, 1, 1, 0, 1])
    adversary.losses(seen, 1.0, sets, targets).sum().backward()
    plain = torch.nn.functional.cross_entropy(adversary.layers(straight), sets, reduction="none")
    (plain * adversary._counts[sets, targets]).sum().backward()
    assert torch.allclose(seen.grad, -SETTINGS.weight * straight.grad, rtol=1e-3)


def test_features_are_left_alone_while_the_adversary_knows_nothing(adversary):
    seen = embeddings(2)
    adversary.losses(seen, 0.0, torch.tensor([0, 1]), torch.tensor([0, 0])).sum().backward()
    assert not seen.grad.any()
    assert adversary.layers[0].weight.grad.any()


def test_type_that_one_set_lacks_is_not_to_be_hidden(adversary):
    seen = embeddings(2)
    losses = adversary.losses(seen, 1.0, torch.tensor([0, 0]), torch.tensor([2, 0]))
    assert losses[0] == 0
    assert losses[1] > 0


def test_sets_count_alike_however_many_images_they_have(adversary):
    """Of an adversary that knows nothing, the mean loss is that of a coin."""
    for parameter in adversary.parameters():
        torch.nn.init.zeros_(parameter)
    sets, targets = np.indices(SHARES.shape).reshape(2, -1)
    losses = adversary.losses(embeddings(6), 1.0, torch.tensor(sets), torch.tensor(targets))
    assert float(losses.detach() @ torch.tensor(SHARES.ravel()).float()) == pytest.approx(np.log(2))
    of_home, of_other = (
        float(losses.detach()[sets == number] @ torch.tensor(SHARES[number]).float())
        for number in (0, 1)
    )
    assert of_home == pytest.approx(of_other)


def test_sets_without_a_type_in_common_have_nothing_to_hide():
    with pytest.raises(RecipeUnreadable, match="no type in common"):
        SetAdversary(CHANNELS, np.eye(2), SETTINGS)


def test_adversary_needs_another_set(small_recipe):
    decisions = small_recipe.model_dump() | {"adversary": SETTINGS.model_dump()}
    with pytest.raises(ValidationError, match="no other set"):
        Recipe.model_validate(decisions)


@pytest.fixture
def two_sets(small_recipe, images):
    """A recipe with an adversary, and its stream of two sets, one of which has no nevi."""
    clinic = Extra(folder="clinic", share=0.25, validation_fraction=0.2, test_fraction=0.2)
    recipe = small_recipe.model_copy(update={"extra": (clinic,), "adversary": SETTINGS})
    others = [image for image in images if image.code != "nv"]
    return recipe, ViewStream([pool_of(images, 0.75), pool_of(others, 0.25)], recipe)


def test_stream_says_from_which_set_each_view_is(two_sets):
    recipe, stream = two_sets
    shares = stream.set_shares(len(CODES))
    assert shares.sum(axis=1) == pytest.approx([0.75, 0.25])
    assert (shares[1] == 0).tolist() == [code == "nv" for code in CODES]
    assert shares.sum(axis=0) == pytest.approx(stream.shares(len(CODES)))
    drawn = np.concatenate([stream.sets_at(step) for step in range(recipe.steps)])
    home = int((stream._sets == 0).sum())
    assert np.array_equal(drawn, stream._draws >= home)


def new_run(recipe, stream, pretrained, folder):
    folder.mkdir(exist_ok=True)
    network = starting_network(recipe, pretrained)
    adversary = make_adversary(recipe, network, stream)
    return Run(network, recipe, folder, torch.device("cpu"), adversary=adversary)


def test_resumed_run_goes_on_with_the_adversary_that_it_had(two_sets, pretrained, tmp_path):
    recipe, stream = two_sets
    whole = new_run(recipe, stream, pretrained, tmp_path / "whole")
    fresh = {name: value.clone() for name, value in whole.adversary.state_dict().items()}
    whole.train(stream, no_validation, workers=0)

    cut = new_run(recipe, stream, pretrained, tmp_path / "cut")
    with pytest.raises(PowerCutError):
        cut.train(stream, cut_the_power, workers=0)
    again = new_run(recipe, stream, pretrained, tmp_path / "cut")
    assert again.resume()
    again.train(stream, no_validation, workers=0)

    ours, theirs = again.adversary.state_dict(), whole.adversary.state_dict()
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-5) for name in ours)
    assert not any(torch.equal(ours[name], fresh[name]) for name in ours)


def test_recipe_without_an_adversary_has_none(two_sets, pretrained):
    recipe, stream = two_sets
    network = starting_network(recipe, pretrained)
    plain = recipe.model_copy(update={"adversary": None})
    assert make_adversary(plain, network, stream) is None


def test_adversary_is_as_wide_as_what_the_network_is_compared_by(two_sets):
    """VGG's embedding is not what its last layer reads."""
    recipe, stream = two_sets
    network = build_network("vgg16", len(CODES))
    adversary = make_adversary(recipe, network, stream)
    assert adversary.layers[0].in_features == 512
    assert network.head.in_features == 4096
