"""What is wrong with a photo: sharpness, exposure, contrast, resolution, framing.

The bounds are set on 500 dermoscopic photos of HAM10000, so that each check flags at most one or
two in a hundred of these and yet catches the same photos once they are spoilt.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skinapp.domain.photo import Photo
from skinapp.domain.quality import QualityFinding, QualityProblem
from skinapp.intake.framing import measure_framing

# All checks see the photo at this size, so that the bounds hold for any camera.
_MEASURED_SIDE_PX = 320

# Variance of the Laplacian, in squared grey levels.  Half of the sharp photos have 34 or more,
# one in a hundred less than 10; blurred by 2 pixels of 448, half have less than 3.
_LEAST_SHARPNESS = 8.0
# Luminance of the brightest twentieth, 0 to 255: well lit skin has 150 to 210, even around a
# black nodule.  One stop less light makes about 130 of 180.
_LEAST_BRIGHT_LUMINANCE = 125.0
# Share of pixels with a channel at its end, where colour is lost.  Some glare is usual.
_MOST_CLIPPED = 0.2
_CLIPPED_LEVEL = 254
# Median luminance: above it skin is as white as paper, although nothing is clipped.
_MOST_MEDIAN_LUMINANCE = 222.0
# Between the 5th and 95th percentile of luminance.  Below it there is fog, or no lesion at all.
_LEAST_CONTRAST = 22.0
# Share of the picture below which a lesion loses its structure at the network's input.
_LEAST_LESION_SHARE = 0.02
# Share of one side of the picture that the lesion takes up: more, and it goes on outside.
_MOST_SIDE_SHARE = 0.3

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


def find_problems(photo: Photo, *, model_input_px: int) -> tuple[QualityFinding, ...]:
    """List what lowers the trust in an answer; empty for a good photo.

    ``model_input_px`` is the side of the square that the network is shown.  Units: sharpness in
    squared grey levels; luminance and contrast in grey levels (0 to 255); shares from 0 to 1;
    resolution in pixels of the shorter side of the upload.  What depends on finding the lesion is
    only said where it stands out clearly from the skin.
    """
    image = Image.frombuffer("RGB", (photo.width_px, photo.height_px), photo.rgb)
    rgb = np.asarray(_reduced(image), np.float32)
    luminance = rgb @ _LUMINANCE
    findings = [
        _below(QualityProblem.BLURRED, _sharpness(luminance), _LEAST_SHARPNESS),
        *_exposure(rgb, luminance),
        _below(
            QualityProblem.LOW_RESOLUTION,
            min(photo.source_width_px, photo.source_height_px),
            model_input_px,
        ),
        *_framing(rgb),
    ]
    return tuple(finding for finding in findings if finding is not None)


def _reduced(image: Image.Image) -> Image.Image:
    scale = _MEASURED_SIDE_PX / max(image.size)
    if scale >= 1:
        return image
    size = (max(3, round(image.width * scale)), max(3, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.1)


def _below(problem: QualityProblem, measured: float, bound: float) -> QualityFinding | None:
    return QualityFinding(problem, float(measured), float(bound)) if measured < bound else None


def _above(problem: QualityProblem, measured: float, bound: float) -> QualityFinding | None:
    return QualityFinding(problem, float(measured), float(bound)) if measured > bound else None


def _sharpness(luminance: NDArray[np.float32]) -> float:
    middle = luminance[1:-1, 1:-1]
    around = luminance[:-2, 1:-1] + luminance[2:, 1:-1] + luminance[1:-1, :-2] + luminance[1:-1, 2:]
    return float(np.var(4 * middle - around))


def _exposure(
    rgb: NDArray[np.float32], luminance: NDArray[np.float32]
) -> list[QualityFinding | None]:
    """Look at the middle three quarters: corners are often dark by the lens."""
    top, left = luminance.shape[0] // 8, luminance.shape[1] // 8
    centre = luminance[top : luminance.shape[0] - top, left : luminance.shape[1] - left]
    dim, median, bright = _percentiles(centre, (5, 50, 95))
    ends = rgb >= _CLIPPED_LEVEL
    clipped = float(np.mean(ends[..., 0] | ends[..., 1] | ends[..., 2]))
    dark = _below(QualityProblem.TOO_DARK, bright, _LEAST_BRIGHT_LUMINANCE)
    return [
        dark,
        _above(QualityProblem.TOO_BRIGHT, clipped, _MOST_CLIPPED)
        or _above(QualityProblem.TOO_BRIGHT, median, _MOST_MEDIAN_LUMINANCE),
        # A dark photo has little contrast by itself; one warning is enough.
        None if dark else _below(QualityProblem.LOW_CONTRAST, bright - dim, _LEAST_CONTRAST),
    ]


def _percentiles(luminance: NDArray[np.float32], percents: tuple[int, ...]) -> list[float]:
    """To the grey level, by counting: sorting would take ten times as long."""
    counts = np.cumsum(np.bincount(luminance.astype(np.uint8).ravel(), minlength=256))
    return [float(np.searchsorted(counts, counts[-1] * percent / 100)) for percent in percents]


def _framing(rgb: NDArray[np.float32]) -> list[QualityFinding | None]:
    framing = measure_framing(rgb)
    if framing is None:
        return []
    return [
        _below(QualityProblem.LESION_SMALL, framing.lesion_share, _LEAST_LESION_SHARE),
        _above(QualityProblem.LESION_CUT_OFF, framing.side_share, _MOST_SIDE_SHARE),
    ]
