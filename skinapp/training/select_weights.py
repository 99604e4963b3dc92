"""The weights of a smaller network out of those of a larger one of its family.

Xu et al., "Initializing models with larger ones", ICLR 2024 ("weight selection"): of each stage
the first layers, of each tensor evenly spaced channels.  The selected network is no good before
it is trained, but learns faster than from random weights and ends better, and unlike distillation
alone it costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


class NotALargerNetwork(ValueError):
    """A tensor of the file is smaller than the network's own, or has other dimensions."""


def selected_weights(
    smaller: Mapping[str, Tensor], larger: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The tensors of ``larger`` that ``smaller`` names, cut to the shapes that they have there.

    EfficientNets name a tensor after its stage and its layer in the stage, so the names of the
    smaller network are those of the first layers of the larger one's stages.  Which channels are
    taken depends on both networks' numbers of channels alone, so tensors that read or normalise
    the same feature map, batch-norm statistics included, keep the same of its channels.  What
    ``larger`` lacks is left out.  Raises :class:`NotALargerNetwork`.
    """
    return {
        name: _selected(name, larger[name], own.shape)
        for name, own in smaller.items()
        if name in larger
    }


def _selected(name: str, tensor: Tensor, shape: torch.Size) -> Tensor:
    if tensor.ndim != len(shape) or any(
        have < want for have, want in zip(tensor.shape, shape, strict=True)
    ):
        raise NotALargerNetwork(
            f"{name} is {tuple(tensor.shape)}, of which {tuple(shape)} can't be selected"
        )
    for dimension, want in enumerate(shape):
        places = evenly_spaced(tensor.shape[dimension], want)
        tensor = tensor.index_select(dimension, places)
    return tensor


def evenly_spaced(have: int, want: int) -> Tensor:
    """Places ``(want,)`` of the channels to take: every k-th, where that comes out even."""
    if have % want == 0:
        return torch.arange(want) * (have // want)
    return torch.linspace(0, have - 1, want).round().long()
