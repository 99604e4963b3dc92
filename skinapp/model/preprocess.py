"""The one transform as tensors, for training and evaluation in batches; see ``square``."""

from __future__ import annotations

import torch
from torch import Tensor

from skinapp.model.square import Pixels


def tensor_of(square: Pixels) -> Tensor:
    """A square ``(s, s, 3)`` uint8 as a tensor ``(3, s, s)``."""
    # A copy, because Pillow's pixels are read-only and torch warns of tensors over such.
    return torch.from_numpy(square.copy()).permute(2, 0, 1)


def normalise(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Turn uint8 images ``(n, 3, s, s)`` into float32 with the given channel statistics.

    ``mean`` and ``std`` are in units of full scale (0 to 1).  On the images' device; the same
    values as :func:`skinapp.model.square.normalised` up to rounding.
    """
    scale = torch.tensor(std, device=images.device).mul_(255.0).view(1, 3, 1, 1)
    shift = torch.tensor(mean, device=images.device).mul_(255.0).view(1, 3, 1, 1)
    batch = images.to(torch.float32).sub_(shift).div_(scale)
    return batch.contiguous(memory_format=torch.channels_last)
