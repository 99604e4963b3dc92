"""From logits to calibrated probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]
Probabilities = NDArray[np.float64]


def softmax(logits: NDArray[np.floating]) -> Probabilities:
    """Probabilities ``(..., classes)`` of logits."""
    scaled = logits.astype(np.float64)
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes probabilities of a network's logits.

    They are divided by a temperature above 0 (Guo et al., "On calibration of modern neural
    networks", ICML 2017).  Then ``offsets``, one a class, are added: where rare classes were drawn
    more often in training than they occur, these take it back (Saerens, Latinne and Decaestecker,
    "Adjusting the outputs of a classifier to new a priori probabilities", Neural Computation 14:21,
    2002).  Without any, nothing is added.
    """

    temperature: float
    offsets: tuple[float, ...] = ()

    def probabilities(self, logits: Logits) -> Probabilities:
        """Calibrated probabilities ``(..., classes)`` of classes' logits."""
        scaled = logits.astype(np.float64) / self.temperature
        return softmax(scaled + np.asarray(self.offsets) if self.offsets else scaled)
