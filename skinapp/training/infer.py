"""Logits of whole parts, with the transform that serving uses."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from skinapp.evaluation.labels import LabelledImage
from skinapp.model.colour_constancy import under_white_light
from skinapp.model.heads import Network
from skinapp.model.preprocess import normalise, tensor_of
from skinapp.model.square import centre_square
from skinapp.training.device import mixed_precision
from skinapp.training.open_image import open_image
from skinapp.training.recipe import Input


class _Squares(Dataset[Tensor]):
    def __init__(self, paths: Sequence[Path], size_px: int, *, colour_constancy: bool) -> None:
        self._paths, self._size_px = paths, size_px
        self._colour_constancy = colour_constancy

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Tensor:
        pixels = np.asarray(open_image(self._paths[index]))
        square = centre_square(pixels, self._size_px)
        return tensor_of(under_white_light(square) if self._colour_constancy else square)


@torch.inference_mode()
def part_logits(
    network: Network,
    images: Sequence[LabelledImage],
    shape: Input,
    size_px: int,
    device: torch.device,
    *,
    workers: int,
    exact: bool = False,
) -> NDArray[np.float32]:
    """Logits ``(n, classes)`` of the images at one input size.

    ``exact`` computes in float32, as serving does, whatever the device.
    """
    paths = [image.path for image in images]
    squares = _Squares(paths, size_px, colour_constancy=shape.colour_constancy)
    loader = DataLoader(squares, batch_size=32, num_workers=workers, generator=torch.Generator())
    parts: list[Tensor] = []
    for batch in tqdm(loader, desc=f"{size_px} px", unit="batch", leave=False):
        with nullcontext() if exact else mixed_precision(device):
            output = network(normalise(batch.to(device), shape.mean, shape.std))
        parts.append(output.logits.float().cpu())
    return torch.cat(parts).numpy()
