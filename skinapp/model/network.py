"""Networks by name: built untrained, or with the weights of a model folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import WEIGHTS_FILE, Card
from skinapp.model.heads import HiddenLayerNetwork, Network, PooledNetwork
from skinapp.model.torchvision_door import models
from skinapp.model.transformer import AttentionNetwork

# ImageNet weights come from a TensorFlow port and need its batch-norm constants.  For B5 and above
# and for V2 torchvision sets such itself.
_NORM = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
_NORM_OF = {f"efficientnet_b{size}": {"norm_layer": _NORM} for size in range(5)}


def _efficientnet(name: str) -> Callable[[int], Network]:
    """Tan and Le, "EfficientNet", ICML 2019, and "EfficientNetV2", ICML 2021."""

    def built(classes: int) -> Network:
        build = getattr(models, name)
        whole = build(weights=None, num_classes=classes, **_NORM_OF.get(name, {}))
        return PooledNetwork(whole.features, whole.classifier)

    return built


def _resnet50(classes: int) -> Network:
    """He et al., "Deep residual learning", CVPR 2016; its stages in one sequence."""
    whole = models.resnet50(weights=None, num_classes=classes)
    stem = (whole.conv1, whole.bn1, whole.relu, whole.maxpool)
    stages = (whole.layer1, whole.layer2, whole.layer3, whole.layer4)
    return PooledNetwork(nn.Sequential(*stem, *stages), nn.Sequential(whole.fc))


def _vgg16(classes: int) -> Network:
    """Simonyan and Zisserman, "Very deep convolutional networks", ICLR 2015.

    With its two hidden layers of 4096, not with average pooling in their place: who says VGG-16
    means this network, and published weights fit it.  Nine tenths of its 134 million weights are
    in these layers.
    """
    whole = models.vgg16(weights=None, num_classes=classes)
    return HiddenLayerNetwork(whole.features, whole.avgpool, whole.classifier)


def _vit_b_16(classes: int) -> Network:
    """Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021."""
    return AttentionNetwork(models.vit_b_16(weights=None, num_classes=classes))


def _small_cnn(classes: int) -> Network:
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
    return PooledNetwork(nn.Sequential(*blocks), head)


_EFFICIENTNETS = (
    *(f"efficientnet_b{size}" for size in range(8)),
    *(f"efficientnet_v2_{size}" for size in "sml"),
)
_BUILDERS: dict[str, Callable[[int], Network]] = {
    **{name: _efficientnet(name) for name in _EFFICIENTNETS},
    "resnet50": _resnet50,
    "vgg16": _vgg16,
    "vit_b_16": _vit_b_16,
    "small_cnn": _small_cnn,
}

ARCHITECTURES = tuple(_BUILDERS)

# Where torchvision's names of parameters begin otherwise than ours.
_OURS_BY_TORCHVISIONS: dict[str, dict[str, str]] = {
    "resnet50": {
        "conv1.": "features.0.",
        "bn1.": "features.1.",
        **{f"layer{stage}.": f"features.{stage + 3}." for stage in range(1, 5)},
        "fc.": "classifier.0.",
    },
    "vit_b_16": {"heads.head.": "classifier.0."},
}


def build_network(architecture: str, classes: int) -> Network:
    """Make an untrained network.  Raises ``ValueError`` for an unknown architecture."""
    if architecture not in _BUILDERS:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"unknown architecture {architecture!r}; known are {known}")
    network = _BUILDERS[architecture](classes)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks memory_format alone
    return network


def check_input_size(network: Network, size_px: int) -> None:
    """Raise ``ValueError`` where a network can't see the whole of a square of this side."""
    if isinstance(network, AttentionNetwork) and size_px % network.patch_px:
        raise ValueError(
            f"it sees patches of {network.patch_px} px, of which {size_px} px is no multiple"
        )


def own_names(architecture: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give tensors that have torchvision's names ours; others keep their names."""
    ours = _OURS_BY_TORCHVISIONS.get(architecture, {})

    def renamed(name: str) -> str:
        old = next((prefix for prefix in ours if name.startswith(prefix)), "")
        return ours.get(old, "") + name.removeprefix(old)

    return {renamed(name): tensor for name, tensor in tensors.items()}


def load_network(card: Card, folder: Path) -> Network:
    """Build the card's network and load its weights.

    Raises :class:`ModelRefused` where the weights don't fit the architecture, or the input size
    doesn't.
    """
    try:
        network = build_network(card.architecture, len(card.class_of_output))
        check_input_size(network, card.input.size_px)
        tensors = load_file(folder / WEIGHTS_FILE)
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (ValueError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise ModelRefused(f"{folder}: the weights don't fit the card: {reason}") from None
    return network.eval().requires_grad_(False)
