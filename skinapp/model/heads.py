"""What networks are: one kind of output, and for each kind of head its own exact map."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn


class NetworkOutput(NamedTuple):
    """What one forward pass gives.

    logits: ``(n, outputs)``; embedding: ``(n, channels)``, by which images are compared;
    feature_map: ``(n, channels, h, w)``, of which a weighted sum shows where an output came from.
    """

    logits: Tensor
    embedding: Tensor
    feature_map: Tensor


class Network(nn.Module, ABC):
    """A network that says in its forward pass where each output came from.

    ``head_weights @ feature_map`` is the map of each output, whatever the head is.  So the map
    needs no backward pass, and every engine that runs the forward pass has it.  In training mode
    the feature map may be empty: nobody looks at it.
    """

    classifier: nn.Sequential

    @property
    def head(self) -> nn.Linear:
        """The last layer, whose outputs are the logits."""
        return cast(nn.Linear, self.classifier[-1])

    @abstractmethod
    def forward(self, images: Tensor) -> NetworkOutput:
        """Run normalised images ``(n, 3, s, s)`` through the network."""

    @property
    @abstractmethod
    def stages(self) -> Sequence[nn.Module]:
        """From the image on, what a recipe counts when it freezes."""

    @property
    @abstractmethod
    def head_weights(self) -> Tensor:
        """How much each channel of the feature map counts for an output, ``(outputs, c)``."""


class ConvolutionalNetwork(Network):
    """Convolutions, and a head that reads their last feature map."""

    features: nn.Sequential

    def __init__(self, features: nn.Sequential, classifier: nn.Sequential) -> None:
        super().__init__()
        self.features = features
        self.classifier = classifier

    def forward(self, images: Tensor) -> NetworkOutput:
        """Run normalised images ``(n, 3, s, s)`` through the network."""
        return self.read(self.features(images))

    @abstractmethod
    def read(self, feature_map: Tensor) -> NetworkOutput:
        """Give what the head makes of the last feature map ``(n, channels, h, w)``."""

    @property
    def stages(self) -> Sequence[nn.Module]:
        """The parts of ``features``."""
        return list(self.features)


class PooledNetwork(ConvolutionalNetwork):
    """A feature map, its average, and one linear layer.

    Average pooling before the one linear layer is why the class-activation map (Zhou et al.,
    "Learning deep features for discriminative localization", CVPR 2016) is exact.
    """

    def read(self, feature_map: Tensor) -> NetworkOutput:
        """Average and weigh; the embedding is the averaged feature map."""
        embedding = feature_map.mean(dim=(2, 3))
        return NetworkOutput(self.classifier(embedding), embedding, feature_map)

    @property
    def head_weights(self) -> Tensor:
        """The linear layer's weights."""
        return self.head.weight


class HiddenLayerNetwork(ConvolutionalNetwork):
    """A feature map, pooled to a grid, and linear layers with ReLU between them, as in VGG.

    Such a head is piecewise linear: near an image each logit is ``gradient · features`` plus a
    constant, and what every place of the grid adds to that sum is the map, one channel for each
    output.  This is HiResCAM (Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful
    explanations of convolutional neural networks", arXiv:2011.08891), which for average pooling
    and one linear layer is the class-activation map.  Grad-CAM would average the gradients over
    the grid first, and show places that a head with a weight for each place never used.  The
    gradient of a few linear layers is written down here, so that it is a part of the forward pass.
    """

    def __init__(
        self, features: nn.Sequential, pool: nn.AdaptiveAvgPool2d, classifier: nn.Sequential
    ) -> None:
        super().__init__(features, classifier)
        self.pool = pool

    def read(self, feature_map: Tensor) -> NetworkOutput:
        """Pool to the grid and classify; the embedding is the averaged feature map."""
        grid = self.pool(feature_map)
        values = grid.flatten(1)
        active: list[Tensor] = []
        for layer in self.classifier:
            values = layer(values)
            if isinstance(layer, nn.ReLU):
                active.append(values > 0)
        embedding = feature_map.mean(dim=(2, 3))
        return NetworkOutput(values, embedding, self._evidence(grid, active))

    def _evidence(self, grid: Tensor, active: Sequence[Tensor]) -> Tensor:
        """What each place of the grid ``(n, c, h, w)`` adds to each logit, ``(n, outputs, h, w)``.

        ``active`` says by layer which hidden units are above 0, ``(n, units)``.
        """
        if self.training:
            return grid.new_empty((grid.shape[0], self.head.out_features, 0, 0))
        gradient = torch.eye(self.head.out_features, dtype=grid.dtype, device=grid.device)
        switches = list(active)
        for layer in reversed(self.classifier):
            if isinstance(layer, nn.Linear):
                gradient = gradient @ layer.weight
            elif isinstance(layer, nn.ReLU):
                gradient = gradient * switches.pop()[:, None]
        at_place = gradient.reshape(-1, self.head.out_features, *grid.shape[1:])
        evidence: Tensor = (at_place * grid[:, None]).sum(dim=2)
        return evidence

    @property
    def head_weights(self) -> Tensor:
        """Each output has a channel of its own: the identity."""
        return torch.eye(self.head.out_features)
