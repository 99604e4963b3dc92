"""From a uint8 square to what the network is fed, as the model's card has it.

Imports no torch, as ``square``.
"""

from __future__ import annotations

from skinapp.model.card import InputShape
from skinapp.model.colour_constancy import under_white_light
from skinapp.model.square import Normalised, Pixels, normalised


def network_input(square: Pixels, shape: InputShape) -> Normalised:
    """The network's float32 input ``(1, 3, s, s)`` for a uint8 square ``(s, s, 3)``."""
    if shape.colour_constancy:
        square = under_white_light(square)
    return normalised(square, shape.mean, shape.std)
