"""Networks by name: one kind of output, an exact map, and folding that changes nothing."""

import numpy as np
import pytest
import torch

from skinapp.model.network import ARCHITECTURES, build_network, own_names
from skinapp.model.torch_engine import TorchEngine
from skinapp.model.torchvision_door import models
from tests.cast import a_card

# One of each family that is built by code of its own; the largest would take a test's minutes.
FAMILIES = ("efficientnet_b1", "efficientnet_v2_s", "resnet50", "small_cnn")
SIDE_PX = 64


@pytest.fixture(params=FAMILIES)
def network(request):
    torch.manual_seed(5)
    network = build_network(request.param, 7).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network.requires_grad_(False)


@pytest.fixture
def image():
    return np.random.default_rng(6).normal(size=(1, 3, SIDE_PX, SIDE_PX)).astype(np.float32)


def test_logits_are_the_linear_layer_of_the_averaged_feature_map(network, image):
    output = network(torch.from_numpy(image))
    average = output.feature_map.mean(dim=(2, 3))
    torch.testing.assert_close(output.embedding, average)
    torch.testing.assert_close(output.logits, network.head(average))
    assert output.logits.shape == (1, 7)


def test_folded_network_gives_the_same_answer(network, image):
    expected = network(torch.from_numpy(image)).logits[0].numpy()
    card = a_card()
    card = card.model_copy(update={"input": card.input.model_copy(update={"size_px": SIDE_PX})})
    engine = TorchEngine(card, network, packed=False)
    engine.setup()
    np.testing.assert_allclose(engine.predict(image).logits, expected, atol=1e-3)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())


def test_every_architecture_that_is_promised_can_be_named():
    sizes = {f"efficientnet_b{size}" for size in range(8)}
    assert sizes | {"resnet50", "vgg16", "vit_b_16", "small_cnn"} < set(ARCHITECTURES)


@pytest.mark.parametrize("name", ["efficientnet_b0", "resnet50", "vgg16", "vit_b_16"])
def test_weights_that_torchvision_publishes_fit(name):
    with torch.device("meta"):
        published = getattr(models, name)(weights=None).state_dict()
        ours = build_network(name, 1000).state_dict()
    renamed = own_names(name, published)
    assert {k: v.shape for k, v in renamed.items()} == {k: v.shape for k, v in ours.items()}


def test_unknown_architecture_names_the_known_ones():
    with pytest.raises(ValueError, match="efficientnet_b4"):
        build_network("alexnet", 7)
