"""From logits to calibrated probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]
Probabilities = NDArray[np.float64]


def softmax(logits: Logits, temperature: float) -> Probabilities:
    """Probabilities ``(..., classes)`` of logits divided by a temperature above 0.

    Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    scaled = logits.astype(np.float64) / temperature
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))
