"""Networks by name, all with one output: logits, embedding and the last feature map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol, cast

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


class Backbone(Protocol):
    """What a network is put together from; the classifier's last layer is linear."""

    @property
    def features(self) -> nn.Sequential: ...  # noqa: D102
    @property
    def classifier(self) -> nn.Sequential: ...  # noqa: D102


class PooledNetwork(nn.Module):
    """A feature map, its average, and one linear layer; torchvision's parameter names.

    Average pooling before the one linear layer is why the class-activation map is exact and costs
    no backward pass.
    """

    features: nn.Sequential
    classifier: nn.Sequential

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.features = backbone.features
        self.classifier = backbone.classifier

    def forward(self, images: Tensor) -> NetworkOutput:
        """Run normalised images ``(n, 3, s, s)`` through the network."""
        feature_map = self.features(images)
        embedding = feature_map.mean(dim=(2, 3))
        return NetworkOutput(self.classifier(embedding), embedding, feature_map)

    @property
    def head(self) -> nn.Linear:
        """The linear layer from embedding to logits."""
        return cast(nn.Linear, self.classifier[-1])


@dataclass(frozen=True, slots=True)
class _Parts:
    features: nn.Sequential
    classifier: nn.Sequential


# ImageNet weights come from a TensorFlow port and need its batch-norm constants.  For B5 and above
# and for V2 torchvision sets such itself.
_NORM = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
_NORM_OF = {f"efficientnet_b{size}": {"norm_layer": _NORM} for size in range(5)}


def _efficientnet(name: str) -> Callable[[int], Backbone]:
    """Tan and Le, "EfficientNet", ICML 2019, and "EfficientNetV2", ICML 2021."""

    def built(classes: int) -> Backbone:
        build = getattr(models, name)
        return cast(Backbone, build(weights=None, num_classes=classes, **_NORM_OF.get(name, {})))

    return built


def _resnet50(classes: int) -> Backbone:
    """He et al., "Deep residual learning", CVPR 2016; its stages in one sequence."""
    whole = models.resnet50(weights=None, num_classes=classes)
    stem = (whole.conv1, whole.bn1, whole.relu, whole.maxpool)
    stages = (whole.layer1, whole.layer2, whole.layer3, whole.layer4)
    return _Parts(nn.Sequential(*stem, *stages), nn.Sequential(whole.fc))


def _small_cnn(classes: int) -> Backbone:
    """Three convolution blocks, as teaching projects use, but with average pooling at the end."""
    blocks: list[nn.Module] = []
    for before, after in ((3, 32), (32, 64), (64, 128)):
        blocks += [
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        ]
    head = nn.Sequential(nn.Dropout(0.3), nn.Linear(128, classes))
    return _Parts(nn.Sequential(*blocks), head)


_EFFICIENTNETS = (
    *(f"efficientnet_b{size}" for size in range(8)),
    *(f"efficientnet_v2_{size}" for size in "sml"),
)
_BUILDERS: dict[str, Callable[[int], Backbone]] = {
    **{name: _efficientnet(name) for name in _EFFICIENTNETS},
    "resnet50": _resnet50,
    "small_cnn": _small_cnn,
}

ARCHITECTURES = tuple(_BUILDERS)


def build_network(architecture: str, classes: int) -> PooledNetwork:
    """Make an untrained network.  Raises ``ValueError`` for an unknown architecture."""
    if architecture not in _BUILDERS:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"unknown architecture {architecture!r}; known are {known}")
    network = PooledNetwork(_BUILDERS[architecture](classes))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks memory_format alone
    return network


def load_network(card: Card, folder: Path) -> PooledNetwork:
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
