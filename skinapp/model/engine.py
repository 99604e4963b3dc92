"""What runs the network: one image in, raw outputs out.  Imports neither torch nor OpenVINO."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skinapp.domain.engine import EngineReport
from skinapp.model.calibration import Logits
from skinapp.model.card import Card
from skinapp.model.leaves import class_probabilities
from skinapp.model.network_input import network_input
from skinapp.model.square import Normalised, Pixels, centre_square
from skinapp.synthetic import KINDS, draw_lesion

Precision = Literal["float32", "bfloat16"]
Floats = NDArray[np.float32]

# How far any probability may move from the reference: torch in eager mode and float32.
MAX_GAP = 0.02
# A shorter number type has to stay closer: it is a choice, not a necessity.
MAX_BFLOAT16_GAP = 0.01
_PHOTOS_PER_KIND = 2
# On a processor two threads compute for all: the numerical libraries keep a pool and buffers for
# each thread that calls them.  Where several photos wait in one process, two at a time give more
# answers than one after the other with all cores.
SIDE_BY_SIDE = 2


class RawOutput(NamedTuple):
    """What one forward pass gives for one image.

    logits: ``(outputs,)``; embedding: ``(channels,)``, by which images are compared; feature_map:
    ``(channels, rows, columns)``, of which ``head_weights`` make each output's map.  All float32,
    and the caller's own.
    """

    logits: Floats
    embedding: Floats
    feature_map: Floats

    @property
    def logits_of_the_image(self) -> Floats:
        """The logits of the image as it is, whatever else the answer is a mean of."""
        return self.logits


class Engine(Protocol):
    """Runs a network.  After :meth:`setup` it may be called from several threads."""

    @property
    def report(self) -> EngineReport:
        """What it is; complete after :meth:`setup`."""
        ...

    @property
    def head_weights(self) -> Floats:
        """How much each channel of the feature map counts for an output: ``(outputs, c)``."""
        ...

    @property
    def callers(self) -> int:
        """How many threads it pays to have in :meth:`predict` at once; final after setup."""
        ...

    def setup(self) -> None:
        """Load and prepare everything.  Raises :class:`EngineUnfit` where that can't be."""
        ...

    def predict(self, image: Normalised) -> RawOutput:
        """Run one normalised image ``(1, 3, s, s)``, float32, through the network."""
        ...


class EngineUnfit(Exception):
    """An engine can't be used here; the message says why."""


class ThreadShare(Protocol):
    """Says with how many threads to compute; see :class:`skinapp.model.cores.CoreShare`."""

    def computing(self) -> AbstractContextManager[int]:
        """Give the number of threads for the time of one computation."""
        ...


@dataclass(frozen=True, slots=True)
class Reference:
    """Squares ``(n, s, s, 3)`` uint8 and what the reference says: logits ``(n, outputs)``."""

    squares: Pixels
    logits: Logits


@lru_cache(maxsize=4)
def reference_squares(size_px: int) -> Pixels:
    """The built-in photos on which engines are compared, ``(n, size_px, size_px, 3)``."""
    drawn = [
        draw_lesion(kind, seed=seed, width_px=480, height_px=360, hairs=seed % 2 == 1)
        for kind in KINDS
        for seed in range(_PHOTOS_PER_KIND)
    ]
    return np.stack([centre_square(np.asarray(picture), size_px) for picture in drawn])


def engine_logits(engine: Engine, card: Card, squares: Pixels) -> Logits:
    """Logits ``(n, outputs)`` of uint8 squares ``(n, s, s, 3)``."""
    return np.stack(
        [engine.predict(network_input(square, card.input)).logits for square in squares]
    )


def probability_gap(logits: Logits, reference: Logits, card: Card) -> float:
    """The furthest that any calibrated probability lies from the reference's, 0 to 1.

    Both are raw outputs ``(n, outputs)``.  Infinite where an engine answers with something that
    is no number.
    """
    found, expected = (
        class_probabilities(outputs, card.class_of_output, card.calibration)
        for outputs in (logits, reference)
    )
    gap = float(np.abs(found - expected).max())
    return gap if np.isfinite(gap) else float("inf")
