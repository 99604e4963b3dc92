"""Networks built like VGG-16 and ViT-B/16, but small enough for a test."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from skinapp.model import network as by_name
from skinapp.model.heads import HiddenLayerNetwork, Network
from skinapp.model.torchvision_door import VisionTransformer
from skinapp.model.transformer import AttentionNetwork


def narrow_vgg(classes: int) -> HiddenLayerNetwork:
    """Convolutions, a grid of 3x3 and two hidden layers."""
    features = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(4),
        nn.Conv2d(6, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
    )
    hidden: list[nn.Module] = []
    for before in (8 * 3 * 3, 16):
        hidden += [nn.Linear(before, 16), nn.ReLU(inplace=True), nn.Dropout()]
    head = nn.Sequential(*hidden, nn.Linear(16, classes))
    return HiddenLayerNetwork(features, nn.AdaptiveAvgPool2d((3, 3)), head)


def tiny_vit_of_torchvision(classes: int) -> VisionTransformer:
    """Three layers, four by four patches at 64 px."""
    whole = VisionTransformer(
        image_size=64,
        patch_size=16,
        num_layers=3,
        num_heads=2,
        hidden_dim=16,
        mlp_dim=32,
        num_classes=classes,
    )
    # torchvision starts with a head of zeros, which would hide what comes before it, and with
    # attention so even that rounding would decide where it is highest.
    nn.init.normal_(whole.heads.head.weight)
    for block in whole.encoder.layers:
        nn.init.normal_(block.self_attention.in_proj_weight, std=0.5)
    return whole


def tiny_vit(classes: int) -> AttentionNetwork:
    return AttentionNetwork(tiny_vit_of_torchvision(classes))


SMALL: dict[str, Callable[[int], Network]] = {"vgg16": narrow_vgg, "vit_b_16": tiny_vit}


@pytest.fixture
def small_builds(monkeypatch):
    """The large names stand for the small networks."""
    for name, build in SMALL.items():
        monkeypatch.setitem(by_name._BUILDERS, name, build)


@pytest.fixture(params=SMALL)
def small_network(request, small_builds):  # noqa: ARG001 - so that its folder can be loaded
    torch.manual_seed(8)
    network = SMALL[request.param](7).eval().requires_grad_(False)
    return request.param, network
