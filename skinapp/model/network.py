"""Networks by name, all with one output: logits, embedding and the last feature map."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import WEIGHTS_FILE, Card
from skinapp.model.torchvision_door import models


class NetworkOutput(NamedTuple):
    """What one forward pass gives.

    logits: ``(n, classes)``; embedding: ``(n, channels)``, the averaged feature map;
    feature_map: ``(n, channels, h, w)``.
    """

    logits: Tensor
    embedding: Tensor
    feature_map: Tensor


class EfficientNet(nn.Module):
    """torchvision's EfficientNet under the same parameter names, keeping the feature map.

    Tan and Le, "EfficientNet", ICML 2019.  The network ends in average pooling, dropout and one
    linear layer, which is why the class-activation map is exact and costs no backward pass.
    """

    features: nn.Sequential
    classifier: nn.Sequential

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.features = cast(nn.Sequential, backbone.features)
        self.classifier = cast(nn.Sequential, backbone.classifier)

    def forward(self, images: Tensor) -> NetworkOutput:
        """Run normalised images ``(n, 3, s, s)`` through the network."""
        feature_map = self.features(images)
        embedding = feature_map.mean(dim=(2, 3))
        return NetworkOutput(self.classifier(embedding), embedding, feature_map)

    @property
    def head(self) -> nn.Linear:
        """The linear layer from embedding to logits."""
        return cast(nn.Linear, self.classifier[-1])


# The ImageNet weights at hand come from a TensorFlow port and need its batch-norm constants.
_NORM = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)

_BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "efficientnet_b0": models.efficientnet_b0,
    "efficientnet_b4": models.efficientnet_b4,
}

ARCHITECTURES = tuple(_BUILDERS)


def build_network(architecture: str, classes: int) -> EfficientNet:
    """Make an untrained network.  Raises ``ValueError`` for an unknown architecture."""
    if architecture not in _BUILDERS:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"unknown architecture {architecture!r}; known are {known}")
    backbone = _BUILDERS[architecture](weights=None, num_classes=classes, norm_layer=_NORM)
    network = EfficientNet(backbone)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks memory_format alone
    return network


def load_network(card: Card, folder: Path) -> EfficientNet:
    """Build the card's network and load its weights.

    Raises :class:`ModelRefused` where the weights don't fit the architecture.
    """
    try:
        network = build_network(card.architecture, len(card.class_of_output))
        tensors = load_file(folder / WEIGHTS_FILE)
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (ValueError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise ModelRefused(f"{folder}: the weights don't fit the card: {reason}") from None
    return network.eval().requires_grad_(False)
