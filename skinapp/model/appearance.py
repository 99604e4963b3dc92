"""How a picture looks, whatever it shows: its colours, and how fine its structures are.

A network that learned lesion types has forgotten much of this: it was never asked whether a
picture is a lesion.  A handful of plain measurements tells apart what its features confuse.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skinapp.model.square import Pixels

# Brightness and two colour differences: ``(3, rows, columns)``, or ``(3, pixels)``.
Planes = NDArray[np.float32]

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
    # A plane a channel: sums along pixels that lie together take a third of the time.
    red, green, blue = np.asarray(small).transpose(2, 0, 1).astype(np.float32, order="C") / 255
    planes: Planes = np.stack([(red + green + blue) / 3, red - green, green - blue])
    quarter = SIDE_PX // 4
    flat, rim = planes.reshape(3, -1), _rim(planes)
    centred = flat - flat.mean(axis=1, keepdims=True)
    features = [
        flat.mean(axis=1),
        flat.std(axis=1),
        planes[:, quarter:-quarter, quarter:-quarter].mean(axis=(1, 2)),
        rim.mean(axis=1),
        rim.std(axis=1),
        np.percentile(flat, _PERCENTILES, axis=1).ravel(),
        (centred[:1] * centred[1:]).mean(axis=1),
        _steps(planes),
    ]
    return np.concatenate(features).astype(np.float32)


def _rim(planes: Planes) -> Planes:
    """The pixels near an edge, ``(3, n)``; those in a corner count twice."""
    sides = (
        planes[:, :_RIM_PX],
        planes[:, -_RIM_PX:],
        planes[:, :, :_RIM_PX],
        planes[:, :, -_RIM_PX:],
    )
    return np.concatenate([side.reshape(3, -1) for side in sides], axis=1)


def _steps(planes: Planes) -> NDArray[np.float32]:
    """Mean absolute step between neighbours ``(scales * 3,)``, as a logarithm."""
    found = []
    for _ in range(_SCALES):
        across = np.abs(np.diff(planes, axis=2)).mean(axis=(1, 2))
        down = np.abs(np.diff(planes, axis=1)).mean(axis=(1, 2))
        found.append(np.log(across + down + 1e-3))
        rows = planes[:, ::2] + planes[:, 1::2]
        planes = np.float32(0.25) * (rows[:, :, ::2] + rows[:, :, 1::2])
    return np.concatenate(found)
