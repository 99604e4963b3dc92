"""A smaller EfficientNet starts from the weights of a larger one."""

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file

from skinapp.model.network import build_network
from skinapp.training.recipe import Recipe
from skinapp.training.select_weights import NotALargerNetwork, evenly_spaced, selected_weights
from skinapp.training.start import PretrainedMismatch, starting_network


@pytest.fixture(scope="module")
def larger():
    torch.manual_seed(3)
    state = build_network("efficientnet_b2", 8).state_dict()
    for name, value in state.items():
        if name.endswith(("running_mean", "running_var")):
            value.uniform_(0.5, 1.5)
    return state


@pytest.fixture
def folder(larger, tmp_path):
    save_file({name: value.contiguous() for name, value in larger.items()}, tmp_path / "b2.st")
    return tmp_path


@pytest.fixture
def recipe(small_recipe):
    return small_recipe.model_copy(
        update={"pretrained": "b2.st", "start": "selected", "fresh_head": False}
    )


def test_every_tensor_of_the_smaller_network_comes_from_the_larger_one(recipe, folder, larger):
    state = starting_network(recipe, folder).state_dict()
    for name, value in state.items():
        if value.ndim:
            assert set(value.flatten()[::97].tolist()) <= set(larger[name].flatten().tolist())


def test_one_feature_map_keeps_the_same_channels_wherever_it_is_read(recipe, folder, larger):
    state = starting_network(recipe, folder).state_dict()
    # The last features: 1,408 channels, of which 1,280 stay; convolution, norm and head agree.
    kept = evenly_spaced(1408, 1280)
    mean = "features.8.1.running_mean"
    assert torch.equal(state[mean], larger[mean][kept])
    assert torch.equal(state["classifier.1.weight"], larger["classifier.1.weight"][:, kept])
    convolution = "features.8.0.weight"
    read = evenly_spaced(352, 320)
    assert torch.equal(state[convolution], larger[convolution][kept][:, read])


def test_fresh_head_is_not_selected(recipe, folder, larger):
    network = starting_network(recipe.model_copy(update={"fresh_head": True}), folder)
    theirs = larger["classifier.1.weight"][:, evenly_spaced(1408, 1280)]
    assert (network.head.weight != theirs).float().mean() > 0.99


@pytest.mark.parametrize(
    ("have", "want", "places"), [(6, 3, [0, 2, 4]), (5, 3, [0, 2, 4]), (4, 4, [0, 1, 2, 3])]
)
def test_channels_are_taken_at_even_distances(have, want, places):
    assert evenly_spaced(have, want).tolist() == places


def test_smaller_network_gives_no_weights_to_a_larger_one(larger):
    smaller = build_network("efficientnet_b0", 8).state_dict()
    with pytest.raises(NotALargerNetwork, match="can't be selected"):
        selected_weights(larger, smaller)


def test_file_of_another_family_is_refused(recipe, tmp_path):
    state = build_network("small_cnn", 8).state_dict()
    others = {f"other.{name}": value.contiguous() for name, value in state.items()}
    save_file(others, tmp_path / "b2.st")
    with pytest.raises(PretrainedMismatch, match="lacks"):
        starting_network(recipe, tmp_path)


@pytest.mark.parametrize("update", [{"pretrained": ""}, {"architecture": "resnet50"}])
def test_selection_needs_a_larger_network_of_the_family(recipe, update):
    decisions = recipe.model_copy(update=update).model_dump()
    with pytest.raises(ValidationError, match="start: "):
        Recipe.model_validate(decisions)
