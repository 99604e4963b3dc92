"""Colours as they would be under white light, whatever lamp and camera the picture was taken with.

Imports no torch, as ``square``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skinapp.model.square import Pixels

_POWER = 6
_VALUES = np.arange(256)
# A channel that is black all over tells nothing of the light.
_DARKEST = 1.0


def white_light_tables(pixels: Pixels) -> NDArray[np.uint8]:
    """What each value of each channel is under white light, ``(3, 256)``.

    Shades of grey (Finlayson and Trezzi, "Shades of gray and colour constancy", CIC 2004), with
    the Minkowski norm of degree 6, as Barata, Celebi and Marques ("Improving dermoscopy image
    classification using color constancy", IEEE J. Biomed. Health Inform. 19:1146, 2015) use it on
    dermoscopic images: the light's colour is the norm of each channel over the picture.  Each is
    multiplied so that the three are equal and the light is as strong as before.

    pixels: ``(h, w, 3)`` uint8.
    """
    # The norm of 256 values by how often each occurs is the norm of all pixels, in less time.
    counts = np.stack([np.bincount(pixels[..., c].ravel(), minlength=256) for c in range(3)])
    powers = (_VALUES / 255) ** _POWER
    light = 255 * (counts @ powers / counts.sum(axis=1)) ** (1 / _POWER)
    light = np.maximum(light, _DARKEST)
    gains = np.sqrt(np.mean(light**2)) / light
    tables: NDArray[np.uint8] = np.clip(np.rint(gains[:, None] * _VALUES), 0, 255).astype(np.uint8)
    return tables


def under_white_light(square: Pixels) -> Pixels:
    """A picture ``(h, w, 3)`` uint8 with its own light's colour taken out."""
    tables = white_light_tables(square)
    return np.stack([tables[c][square[..., c]] for c in range(3)], axis=-1)
