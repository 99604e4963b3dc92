"""How a picture looks, whatever it shows: its colours, and how fine its structures are.

A network that learned lesion types has forgotten much of this: it was never asked whether a
picture is a lesion.  A handful of plain measurements tells apart what its features confuse.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skinapp.model.square import Pixels

Plane = NDArray[np.float32]

# Measured on a thumbnail: fine grain and compression say nothing about what was photographed.
SIDE_PX = 64
_RIM_PX = 6
_SCALES = 4
_PERCENTILES = (2, 25, 75, 98)
APPEARANCE_FEATURES = 41


def appearance(square: Pixels) -> NDArray[np.float32]:
    """Measure a square ``(s, s, 3)`` uint8; returns ``(APPEARANCE_FEATURES,)``.

    Brightness and the two colour differences (red less green, green less blue; 0 to 1): mean and
    spread of the whole, the middle and the rim, percentiles, covariances, and the logarithm of
    the mean step between neighbours at four scales.
    """
    small = Image.fromarray(square).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    rgb = np.asarray(small, np.float32) / 255
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    planes: Plane = np.stack([(red + green + blue) / 3, red - green, green - blue], axis=-1)
    quarter = SIDE_PX // 4
    middle = planes[quarter:-quarter, quarter:-quarter].reshape(-1, 3)
    rim = _rim(planes)
    flat = planes.reshape(-1, 3)
    centred = flat - flat.mean(axis=0)
    features = [
        flat.mean(axis=0),
        flat.std(axis=0),
        middle.mean(axis=0),
        rim.mean(axis=0),
        rim.std(axis=0),
        np.percentile(flat, _PERCENTILES, axis=0).ravel(),
        (centred[:, :1] * centred[:, 1:]).mean(axis=0),
        _steps(planes),
    ]
    return np.concatenate(features).astype(np.float32)


def _rim(planes: Plane) -> Plane:
    sides = (planes[:_RIM_PX], planes[-_RIM_PX:], planes[:, :_RIM_PX], planes[:, -_RIM_PX:])
    return np.concatenate([side.reshape(-1, 3) for side in sides])


def _steps(planes: Plane) -> Plane:
    """Mean absolute step between neighbours ``(scales * 3,)``, as a logarithm."""
    found = []
    for _ in range(_SCALES):
        across = np.abs(np.diff(planes, axis=1)).mean(axis=(0, 1))
        down = np.abs(np.diff(planes, axis=0)).mean(axis=(0, 1))
        found.append(np.log(across + down + 1e-3))
        half = planes.shape[0] // 2
        planes = planes.reshape(half, 2, half, 2, 3).mean(axis=(1, 3))
    return np.concatenate(found)
