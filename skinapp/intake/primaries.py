"""Colours of files that name their primaries by number and place, as HEIF's ``nclx`` box does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skinapp.domain.errors import PhotoHighDynamicRange

# ITU-T H.273: perceptual quantiser and hybrid log-gamma.
_HIGH_DYNAMIC_RANGE = {16, 18}
_BT709, _UNSPECIFIED = 1, 2
_SRGB = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
_D65 = np.array([0.3127, 0.3290])
_SAME_WHITE = 0.002
_STEPS = 4096
# Below it sRGB's curve is a straight line.
_STRAIGHT_UP_TO = 0.04045

Matrix = NDArray[np.float64]


def check_dynamic_range(nclx: Mapping[str, Any] | None) -> None:
    """Raise PhotoHighDynamicRange where brightness is coded for screens of another kind.

    It would come out pale or dark, and nothing in the picture would tell.
    """
    if nclx and nclx.get("transfer_characteristics") in _HIGH_DYNAMIC_RANGE:
        raise PhotoHighDynamicRange


def from_primaries(image: Image.Image, nclx: Mapping[str, Any]) -> Image.Image:
    """Turn an RGB image whose primaries are others (Display P3, BT.2020) into sRGB.

    The box says where they lie in the CIE 1931 diagram.  Primaries around another white than
    sRGB's, or that make no colours, are left aside, as broken profiles are.  The curve is taken
    for sRGB's: those of ordinary photos are near it.
    """
    if image.mode != "RGB" or nclx.get("color_primaries") in (_BT709, _UNSPECIFIED, None):
        return image
    theirs, white = _places(nclx)
    if np.abs(white - _D65).max() > _SAME_WHITE:
        return image
    try:
        matrix = np.linalg.solve(_to_xyz(_SRGB, _D65), _to_xyz(theirs, white))
    except np.linalg.LinAlgError:
        return image
    if not np.isfinite(matrix).all():
        return image
    linear = _linear(np.arange(256) / 255).astype(np.float32)[np.asarray(image)]
    mixed = np.clip(linear @ matrix.T.astype(np.float32), 0, 1)
    curve = np.rint(255 * _encoded(np.arange(_STEPS) / (_STEPS - 1))).astype(np.uint8)
    return Image.fromarray(curve[np.rint(mixed * (_STEPS - 1)).astype(np.int16)])


def _places(nclx: Mapping[str, Any]) -> tuple[Matrix, Matrix]:
    """Primaries ``(3, 2)`` and white ``(2,)``."""
    places = [
        [float(nclx.get(f"color_primary_{name}_{axis}", 0.0)) for axis in "xy"]
        for name in ("red", "green", "blue", "white")
    ]
    return np.array(places[:3]), np.array(places[3])


def _to_xyz(primaries: Matrix, white: Matrix) -> Matrix:
    """The matrix from linear RGB to XYZ in which (1, 1, 1) is the white with Y = 1."""
    columns = np.array([_xyz(place) for place in primaries]).T
    result: Matrix = columns * np.linalg.solve(columns, _xyz(white) / white[1])
    return result


def _xyz(place: Matrix) -> Matrix:
    x, y = place
    return np.array([x, y, 1 - x - y])


def _linear(encoded: Matrix) -> Matrix:
    """IEC 61966-2-1, from code values to light."""
    return np.where(encoded <= _STRAIGHT_UP_TO, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encoded(linear: Matrix) -> Matrix:
    straight, curved = 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    return np.where(straight <= _STRAIGHT_UP_TO, straight, curved)
