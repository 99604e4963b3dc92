"""The vision transformer: torchvision's answers, and a map of what its class token attended to."""

import pytest
import torch

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import read_card, write_card
from skinapp.model.network import build_network, check_input_size, load_network
from skinapp.model.transformer import AttentionNetwork, _rollout
from tests.small_networks import tiny_vit_of_torchvision


@pytest.fixture
def whole():
    torch.manual_seed(31)
    return tiny_vit_of_torchvision(7).eval().requires_grad_(False)


@pytest.fixture
def network(whole):
    return AttentionNetwork(whole).eval()


def images_of(size_px):
    return torch.randn(2, 3, size_px, size_px, generator=torch.Generator().manual_seed(32))


def attentions_by_torchvision(whole, images):
    """What torchvision's own attention modules say when asked, averaged over the heads."""
    seen = []
    for block in whole.encoder.layers:
        block.ln_1.register_forward_hook(lambda _module, _inputs, normed: seen.append(normed))
    whole(images)
    return [
        block.self_attention(tokens, tokens, tokens, need_weights=True)[1]
        for block, tokens in zip(whole.encoder.layers, seen, strict=True)
    ]


def test_logits_are_those_of_torchvision(network, whole):
    images = images_of(64)
    torch.testing.assert_close(network(images).logits, whole(images))


def test_map_is_the_attention_rollout_of_torchvisions_attention(network, whole):
    images = images_of(64)
    attentions = attentions_by_torchvision(whole, images)
    assert len(attentions) == 3
    rollout = torch.eye(17)
    for attention in attentions:
        rollout = (0.5 * attention + 0.5 * torch.eye(17)) @ rollout
    shares = rollout[:, 0, 1:].reshape(2, 1, 4, 4)
    expected = shares - shares.mean(dim=(2, 3), keepdim=True)
    torch.testing.assert_close(network(images).feature_map, expected)


def test_rollout_follows_what_came_through_another_token():
    # The first token attends to the second, which had attended to the third one layer before.
    first, second = torch.eye(3)[None], torch.eye(3)[None].clone()
    first[0, 1] = torch.tensor([0.0, 0.0, 1.0])
    second[0, 0] = torch.tensor([0.0, 1.0, 0.0])
    torch.testing.assert_close(_rollout([first, second]), torch.tensor([[0.5, 0.25, 0.25]]))


def test_attention_spread_evenly_lights_up_nothing(network):
    for block in network.encoder.layers:
        torch.nn.init.zeros_(block.self_attention.in_proj_weight)
    feature_map = network(images_of(64)).feature_map
    torch.testing.assert_close(feature_map, torch.zeros(2, 1, 4, 4))


def test_larger_input_has_a_finer_map(network):
    output = network(images_of(96))
    assert output.feature_map.shape == (2, 1, 6, 6)
    assert output.embedding.shape == (2, 16)
    assert torch.isfinite(output.logits).all()


def test_positions_of_another_grid_lie_between_the_trained_ones(network):
    rows = torch.arange(4.0).repeat_interleave(4)
    network.encoder.pos_embedding[0, 1:] = rows[:, None]
    finer = network._positions(8, 8)[0, 1:, 0].reshape(8, 8)
    assert (finer.diff(dim=0) > 0).all()
    torch.testing.assert_close(finer, finer[:, :1].expand(8, 8))
    torch.testing.assert_close(finer[2:6].mean(), torch.tensor(1.5))


def test_input_that_is_no_multiple_of_the_patches_is_refused(network):
    check_input_size(network, 96)
    with pytest.raises(ValueError, match="100 px is no multiple"):
        check_input_size(network, 100)


@pytest.mark.usefixtures("small_builds")
def test_card_whose_size_is_no_multiple_of_the_patches_is_refused(model_folder):
    card = read_card(model_folder)
    size = card.input.model_copy(update={"size_px": 100})
    write_card(card.model_copy(update={"architecture": "vit_b_16", "input": size}), model_folder)
    with pytest.raises(ModelRefused, match="100 px is no multiple"):
        load_network(read_card(model_folder), model_folder)


def test_vit_b_16_has_twelve_layers_and_patches_of_16_px():
    with torch.device("meta"):
        network = build_network("vit_b_16", 7)
    assert (len(network.stages), network.patch_px) == (13, 16)
