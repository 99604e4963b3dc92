"""The one transform from pixels to network input, for serving, training and evaluation."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skinapp.model.torchvision_door import functional

Pixels = NDArray[np.uint8]


def centre_square(pixels: Pixels, size_px: int) -> Tensor:
    """Scale the shorter side to ``size_px`` and cut the centre square.

    pixels: ``(h, w, 3)`` uint8.  Returns ``(3, size_px, size_px)`` uint8.  The square is cut
    before scaling, so that pixels that are thrown away are not resampled first.
    """
    height_px, width_px = pixels.shape[:2]
    side_px = min(height_px, width_px)
    top, left = (height_px - side_px) // 2, (width_px - side_px) // 2
    square = pixels[top : top + side_px, left : left + side_px]
    # A permuted view is channels_last, the layout torchvision's uint8 resize is fastest on.
    tensor = torch.from_numpy(np.ascontiguousarray(square)).permute(2, 0, 1)
    resized: Tensor = functional.resize(tensor, [size_px, size_px], antialias=True)
    return resized


def normalise(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Turn uint8 images ``(n, 3, s, s)`` into float32 with the given channel statistics.

    ``mean`` and ``std`` are in units of full scale (0 to 1).
    """
    scale = torch.tensor(std, device=images.device).mul_(255.0).view(1, 3, 1, 1)
    shift = torch.tensor(mean, device=images.device).mul_(255.0).view(1, 3, 1, 1)
    batch = images.to(torch.float32).sub_(shift).div_(scale)
    return batch.contiguous(memory_format=torch.channels_last)
