"""Convolutions prepared for oneDNN: weights in its own layout, the activation computed along.

PyTorch's compiler uses these operators; they are not public, so torch is pinned and whoever packs
a network compares it with the plain one before trusting it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from skinapp.model.heads import ConvolutionalNetwork, Network
from skinapp.model.torchvision_door import Bottleneck

_ACTIVATIONS: dict[type[nn.Module], str] = {nn.SiLU: "swish", nn.ReLU: "relu"}


def fold_batch_norms(network: Network) -> Network:
    """Merge each batch norm into the convolution before it, for inference only, in place."""
    network.eval()
    for parent in list(network.modules()):
        children = list(parent.named_children())
        for (name, first), (next_name, _) in pairwise(children):
            if _belong_together(parent, name, next_name) and isinstance(first, nn.Conv2d):
                _fold(parent, name, next_name)
    return network


def _belong_together(parent: nn.Module, name: str, next_name: str) -> bool:
    """Whether the second child is the batch norm of the first one's output.

    So it is for neighbours in a sequence, and for ``conv2`` and ``bn2`` of torchvision's ResNets;
    of other modules the order of the children says nothing.
    """
    if not isinstance(getattr(parent, next_name), nn.BatchNorm2d):
        return False
    return isinstance(parent, nn.Sequential) or (
        isinstance(parent, Bottleneck) and name.replace("conv", "bn") == next_name
    )


def _fold(parent: nn.Module, name: str, next_name: str) -> None:
    folded = fuse_conv_bn_eval(getattr(parent, name), getattr(parent, next_name))
    folded.weight.data = folded.weight.data.contiguous(memory_format=torch.channels_last)
    setattr(parent, name, folded)
    setattr(parent, next_name, nn.Identity())


class PackedConvolution(nn.Module):
    """A convolution on weights that oneDNN has laid out for one input size."""

    def __init__(
        self, plain: nn.Conv2d, input_size: list[int], dtype: torch.dtype, activation: str
    ) -> None:
        super().__init__()
        self._geometry = (list(cast(tuple[int, int], plain.padding)), list(plain.stride))
        self._dilation, self._groups = list(plain.dilation), plain.groups
        self._activation = activation
        self._bias = None if plain.bias is None else plain.bias.detach().to(dtype)
        self._weight = _operator("_reorder_convolution_weight")(
            plain.weight.detach().to(dtype),
            *self._geometry,
            self._dilation,
            self._groups,
            input_size,
        )

    def forward(self, images: Tensor) -> Tensor:
        """Convolve ``(n, channels, h, w)`` and activate."""
        result: Tensor = _operator("_convolution_pointwise")(
            images,
            self._weight,
            self._bias,
            *self._geometry,
            self._dilation,
            self._groups,
            self._activation,
            [],
            "",
        )
        return result


def _operator(name: str) -> Callable[..., Any]:
    return cast(Callable[..., Any], getattr(torch.ops.mkldnn, name).default)


@torch.inference_mode()
def pack(network: ConvolutionalNetwork, size_px: int, dtype: torch.dtype) -> ConvolutionalNetwork:
    """Pack all convolutions of a folded network, in place, for inputs of one size.

    Raises ``RuntimeError`` or ``AttributeError`` where this torch can't; the network is then of
    no use.
    """
    sizes = _input_sizes(network, size_px)
    for parent in list(network.features.modules()):
        children = dict(parent.named_children())
        for name, child in children.items():
            if not isinstance(child, nn.Conv2d):
                continue
            activation = _activation_after(parent, name)
            packed = PackedConvolution(child, sizes[child], dtype, activation)
            parent.add_module(name, packed)
    return network


def _input_sizes(network: ConvolutionalNetwork, size_px: int) -> dict[nn.Module, list[int]]:
    """Of what size the input of each convolution is; oneDNN chooses the layout by it."""
    sizes: dict[nn.Module, list[int]] = {}

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        sizes[module] = list(inputs[0].shape)

    hooks = [
        module.register_forward_pre_hook(note)
        for module in network.features.modules()
        if isinstance(module, nn.Conv2d)
    ]
    blank = torch.zeros(1, 3, size_px, size_px).contiguous(memory_format=torch.channels_last)
    network(blank)
    for hook in hooks:
        hook.remove()
    return sizes


def _activation_after(parent: nn.Module, name: str) -> str:
    """Take over the activation that follows a convolution in a sequence, if one does."""
    if not isinstance(parent, nn.Sequential):
        return "none"
    after = int(name) + 1
    while after < len(parent) and isinstance(parent[after], nn.Identity):
        after += 1
    if after == len(parent) or type(parent[after]) not in _ACTIVATIONS:
        return "none"
    activation = _ACTIVATIONS[type(parent[after])]
    parent[after] = nn.Identity()
    return activation
