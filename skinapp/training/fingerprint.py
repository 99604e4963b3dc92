"""Finding the same picture again: resized, squeezed, re-encoded, turned, mirrored or cropped.

A hash of 80 bits finds candidates, but dermoscopic images are alike: one dark spot in the middle
of a light frame.  A fingerprint keeps 255 spatial frequencies with their sizes, the higher ones
raised as much as nature lowers them, so that detail decides and not the spot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Thumbnails = NDArray[np.uint8]
Fingerprints = NDArray[np.float32]
How = Literal["same frame", "turned or mirrored", "cropped"]

THUMBNAIL_PX = 64
# Correlation from which two images count as one picture.  Measured on pictures that two public
# sets share, 180 px squeezed against 448 x 336 px: all 1,512 are above 0.98.  Among the
# 50 million pairs of different lesions in HAM10000 all but one, which is one picture indeed,
# are at 0.95 or below.
SAME_PICTURE = 0.96
# The share of a frame's width that its centre square takes, for frames of 10:9 to 8:5.  A crop
# that lies between two of these is still recognised.
SQUARE_SHARES = tuple(round(0.62 + 0.02 * step, 2) for step in range(15))

_FREQUENCIES = 16
_CHUNK = 1024
# In grey levels.  What has less contrast is an empty frame and like every other empty frame.
_LEAST_CONTRAST = 1.5


@dataclass(frozen=True, slots=True)
class Twin:
    """Two images that show one picture, as positions; ``likeness`` is at most 1."""

    first: int
    second: int
    likeness: float
    how: How


def thumbnail(image: Image.Image) -> Thumbnails:
    """The whole frame's brightness squeezed to ``(64, 64)``."""
    small = image.convert("L").resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8)


def fingerprints(thumbnails: Thumbnails, width_share: float = 1.0) -> Fingerprints:
    """Unit vectors ``(n, 255)`` of thumbnails ``(n, 64, 64)``, zero where there is no contrast.

    The scalar product of two is their correlation.  ``width_share`` looks at the middle part of
    the width only.
    """
    rows, columns = _cosines(1.0), _cosines(width_share)
    spectra = np.concatenate(
        [
            rows @ thumbnails[start : start + _CHUNK].astype(np.float32) @ columns.T
            for start in range(0, max(1, len(thumbnails)), _CHUNK)
        ]
    )
    contrast = np.linalg.norm(spectra.reshape(len(spectra), -1)[:, 1:], axis=1, keepdims=True)
    steps = np.arange(_FREQUENCIES)
    # Natural images lose amplitude with frequency as 1/f (Field, J. Opt. Soc. Am. A 4, 1987).
    spectra *= np.hypot(steps[:, None], steps[None, :]).astype(np.float32)
    flat: Fingerprints = spectra.reshape(len(spectra), -1)[:, 1:]
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    usable = contrast >= _LEAST_CONTRAST * THUMBNAIL_PX
    return np.where(usable, flat / np.maximum(length, 1e-6), 0).astype(np.float32)


def _cosines(share: float) -> NDArray[np.float32]:
    """The orthonormal cosine transform ``(16, 64)`` of the middle ``share`` of a line."""
    place = (np.arange(THUMBNAIL_PX) + 0.5) / THUMBNAIL_PX
    inside = (place - (1 - share) / 2) / share
    pixel = 1 / (THUMBNAIL_PX * share)
    covered = np.clip(np.minimum(inside, 1 - inside) / pixel + 0.5, 0, 1)
    waves = np.cos(np.pi * np.arange(_FREQUENCIES)[:, None] * np.clip(inside, 0, 1)) * covered
    # At a border inside a pixel the sums are not quite 0, and the mean brightness would leak in.
    waves[1:] -= waves[1:].sum(axis=1, keepdims=True) * covered / covered.sum()
    waves[0] *= np.sqrt(0.5)
    waves *= np.sqrt(2 * pixel)
    return np.asarray(waves, dtype=np.float32)


def twins_within(thumbnails: Thumbnails) -> list[Twin]:
    """Pairs ``first < second`` of one set that show one picture, turned and mirrored included."""
    plain = fingerprints(thumbnails)
    found: dict[tuple[int, int], Twin] = {}
    for how, turned in _turns(thumbnails):
        _keep_best(found, _alike(plain, turned, how), ordered=True)
    return sorted(found.values(), key=lambda twin: (twin.first, twin.second))


def twins_between(ours: Thumbnails, theirs: Thumbnails) -> list[Twin]:
    """Pairs of our and their images that show one picture: turned, mirrored, or its square."""
    plain = fingerprints(ours)
    found: dict[tuple[int, int], Twin] = {}
    for how, turned in _turns(theirs):
        _keep_best(found, _alike(plain, turned, how), ordered=False)
    whole = fingerprints(theirs)
    for share in SQUARE_SHARES:
        pairs = _alike(plain, fingerprints(theirs, share), "cropped")
        _keep_best(found, pairs, ordered=False)
        _keep_best(found, _alike(fingerprints(ours, share), whole, "cropped"), ordered=False)
    return sorted(found.values(), key=lambda twin: (twin.first, twin.second))


def _turns(thumbnails: Thumbnails) -> Iterator[tuple[How, Fingerprints]]:
    """Fingerprints under the eight symmetries of the square."""
    for quarter in range(4):
        turned = np.rot90(thumbnails, quarter, axes=(1, 2))
        how: How = "turned or mirrored" if quarter else "same frame"
        yield how, fingerprints(turned)
        yield "turned or mirrored", fingerprints(turned[:, :, ::-1])


def _alike(first: Fingerprints, second: Fingerprints, how: How) -> Iterator[Twin]:
    for start in range(0, len(first), _CHUNK):
        likeness = first[start : start + _CHUNK] @ second.T
        for row, column in np.argwhere(likeness >= SAME_PICTURE):
            yield Twin(int(row) + start, int(column), float(likeness[row, column]), how)


def _keep_best(found: dict[tuple[int, int], Twin], twins: Iterator[Twin], *, ordered: bool) -> None:
    """Keep one twin a pair: the plainest relation, which comes first, at its most alike."""
    for twin in twins:
        pair = (twin.first, twin.second)
        if ordered and twin.first >= twin.second:
            continue
        known = found.setdefault(pair, twin)
        if known.how == twin.how and known.likeness < twin.likeness:
            found[pair] = twin


def picture_groups(count: int, twins: Sequence[Twin]) -> list[int]:
    """Number of each image's picture: twins, and twins of twins, share one."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for twin in twins:
        low, high = sorted((root(twin.first), root(twin.second)))
        parent[high] = low
    return [root(index) for index in range(count)]
