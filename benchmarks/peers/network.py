"""What FastAPI's and LitServe's tutorials do with a photo: one eager network, no gradients."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import torch
from PIL import Image

from skinapp.model.card import read_card
from skinapp.model.network import load_network
from skinapp.model.torchvision_door import transforms


class Answerer:
    """The same weights as skinapp serves.  Has no calibration, records, map, limits or checks."""

    def __init__(self, folder: Path) -> None:
        """Load a model folder."""
        self._card = read_card(folder)
        self._network = load_network(self._card, folder)
        size_px = self._card.input.size_px
        self._transform = transforms.Compose(
            [
                transforms.Resize((size_px, size_px)),
                transforms.ToTensor(),
                transforms.Normalize(self._card.input.mean, self._card.input.std),
            ]
        )

    @torch.inference_mode()
    def answer(self, file: BinaryIO) -> dict[str, str | float]:
        """Name the most probable lesion type of a photo, with its probability."""
        image = Image.open(file).convert("RGB")
        outputs = self._network(self._transform(image)[None]).logits[0]
        leaves = torch.softmax(outputs, dim=0)
        probabilities = torch.zeros(len(self._card.labels)).index_add_(
            0, torch.tensor(self._card.class_of_output), leaves
        )
        top = int(probabilities.argmax())
        return {"label": self._card.labels[top].name, "confidence": float(probabilities[top])}
