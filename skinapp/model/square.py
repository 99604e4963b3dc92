"""The one transform from pixels to network input, for serving, training and evaluation.

Imports no torch: a worker that answers with OpenVINO never loads it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Normalised = NDArray[np.float32]


def centre(pixels: Pixels) -> Pixels:
    """The square in the middle of pixels ``(h, w, 3)``, of their shorter side; a view of them."""
    height_px, width_px = pixels.shape[:2]
    side_px = min(height_px, width_px)
    top, left = (height_px - side_px) // 2, (width_px - side_px) // 2
    return pixels[top : top + side_px, left : left + side_px]


def centre_square(pixels: Pixels, size_px: int) -> Pixels:
    """Scale the shorter side to ``size_px`` and cut the centre square.

    pixels: ``(h, w, 3)`` uint8.  Returns ``(size_px, size_px, 3)`` uint8.  The square is cut
    before scaling, so that pixels that are thrown away are not resampled first.  Pillow's
    bilinear filter with antialiasing; torchvision's on uint8 is a port of it and differs by one
    level in one value of several hundred.
    """
    square = Image.fromarray(centre(pixels))
    return np.asarray(square.resize((size_px, size_px), Image.Resampling.BILINEAR))


def normalised(square: Pixels, mean: tuple[float, ...], std: tuple[float, ...]) -> Normalised:
    """Turn a uint8 square ``(s, s, 3)`` into the network's float32 input ``(1, 3, s, s)``.

    ``mean`` and ``std`` are per channel, in units of full scale (0 to 1).
    """
    planes = np.empty((1, 3, *square.shape[:2]), np.float32)
    for channel, (centre, spread) in enumerate(zip(mean, std, strict=True)):
        # One pass each into its place: three small planes stay in the processor's cache.
        plane = planes[0, channel]
        np.multiply(square[..., channel], np.float32(1 / (255 * spread)), out=plane)
        plane -= np.float32(centre / spread)
    return planes
