"""Quick gradients of depthwise convolutions are the true ones."""

import pytest
import torch
from torch import nn

from skinapp.training.depthwise import speed_up_depthwise


def gradients(layer, images):
    images = images.clone().requires_grad_()
    output = layer(images)
    (output * torch.linspace(-1, 1, output.numel()).reshape(output.shape)).sum().backward()
    return output, images.grad, layer.weight.grad


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [7, 8])
def test_quick_gradients_are_those_of_torch(size, stride, side):
    torch.manual_seed(3)
    plain = nn.Conv2d(6, 6, size, stride, size // 2, groups=6, bias=False)
    quick = nn.Conv2d(6, 6, size, stride, size // 2, groups=6, bias=False)
    quick.load_state_dict(plain.state_dict())
    assert speed_up_depthwise(nn.Sequential(quick)) == 1
    images = torch.randn(2, 6, side, side)
    for ours, theirs in zip(gradients(quick, images), gradients(plain, images), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_only_depthwise_convolutions_are_changed():
    network = nn.Sequential(nn.Conv2d(4, 8, 3), nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8))
    assert speed_up_depthwise(network) == 0


def test_frozen_filters_get_no_gradient():
    layer = nn.Conv2d(6, 6, 5, padding=2, groups=6, bias=False)
    layer.weight.requires_grad_(False)
    speed_up_depthwise(nn.Sequential(layer))
    images = torch.randn(1, 6, 8, 8, requires_grad=True)
    layer(images).sum().backward()
    assert images.grad is not None
    assert layer.weight.grad is None
