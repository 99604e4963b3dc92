"""A head with hidden layers: its map is exact, as another program's autograd finds it."""

import pytest
import torch
from captum.attr import LayerGradientXActivation
from torch import nn

from skinapp.model.heads import HiddenLayerNetwork
from skinapp.model.network import build_network
from tests.small_networks import narrow_vgg

CLASSES = 7


@pytest.fixture
def network():
    torch.manual_seed(21)
    return narrow_vgg(CLASSES).eval()


@pytest.fixture
def images():
    # At 64 px the features are 8x8, which the grid of 3x3 doesn't divide.
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(22))


@pytest.mark.parametrize("output", [0, CLASSES - 1])
def test_map_is_gradient_times_features_as_captum_finds_it(network, images, output):
    captum = LayerGradientXActivation(lambda x: network(x).logits, network.pool)
    expected = captum.attribute(images, target=output).sum(dim=1)
    found = torch.einsum("c,nchw->nhw", network.head_weights[output], network(images).feature_map)
    torch.testing.assert_close(found, expected)
    assert found.abs().max() > 0


def test_map_and_biases_together_are_the_logit(network, images):
    for layer in network.classifier:
        if isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.bias)
    output = network(images)
    torch.testing.assert_close(output.feature_map.sum(dim=(2, 3)), output.logits)


def test_one_linear_layer_on_the_average_has_the_class_activation_map(images):
    torch.manual_seed(23)
    features, head = narrow_vgg(CLASSES).features, nn.Linear(8, CLASSES)
    of_places = nn.Linear(8 * 64, CLASSES)
    with torch.no_grad():
        of_places.weight.copy_((head.weight / 64).repeat_interleave(64, dim=1))
    network = HiddenLayerNetwork(features, nn.AdaptiveAvgPool2d(8), nn.Sequential(of_places))
    found = network.eval()(images).feature_map
    expected = torch.einsum("kc,nchw->nkhw", head.weight, features(images)) / 64
    torch.testing.assert_close(found, expected)


def test_no_map_is_computed_while_training(network, images):
    output = network.train()(images)
    assert output.feature_map.numel() == 0
    assert output.logits.shape == (2, CLASSES)


def test_embedding_is_the_averaged_feature_map(network, images):
    torch.testing.assert_close(network(images).embedding, network.features(images).mean(dim=(2, 3)))


def test_vgg16_keeps_its_hidden_layers():
    with torch.device("meta"):
        network = build_network("vgg16", CLASSES)
    sizes = [layer.out_features for layer in network.classifier if isinstance(layer, nn.Linear)]
    assert isinstance(network, HiddenLayerNetwork)
    assert sizes == [4096, 4096, CLASSES]
