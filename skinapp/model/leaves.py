"""From a network's finest diagnoses to the classes they are parts of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skinapp.model.calibration import Calibration, Logits, Probabilities, softmax


def class_logits(leaf_logits: Logits, class_of_leaf: Sequence[int]) -> Logits:
    """Logits ``(n, classes)`` from those of the leaves ``(n, leaves)``.

    ``class_of_leaf`` holds each leaf's class index.  A class's logit is the log of the summed
    exponentials of its leaves, so that its softmax is the sum of theirs; a class of one leaf
    keeps that leaf's logit.
    """
    owners = np.asarray(class_of_leaf)
    result = np.empty((len(leaf_logits), int(owners.max()) + 1), dtype=np.float32)
    for index in range(result.shape[1]):
        result[:, index] = np.logaddexp.reduce(leaf_logits[:, owners == index], axis=1)
    return result


def class_probabilities(
    leaf_logits: Logits, class_of_leaf: Sequence[int], calibration: Calibration
) -> Probabilities:
    """Calibrated probabilities ``(n, classes)`` of the leaves' logits ``(n, leaves)``."""
    return calibration.probabilities(class_logits(leaf_logits, class_of_leaf))


def leaf_probabilities(
    leaf_logits: Logits, class_of_leaf: Sequence[int], calibration: Calibration
) -> Probabilities:
    """Probabilities ``(n, leaves)`` of the leaves, which sum up to the calibrated ones of classes.

    The calibration was chosen on the classes and says nothing about the leaves within one: a
    class's probability is shared out as the network itself shares it.
    """
    owners = np.asarray(class_of_leaf)
    totals = class_probabilities(leaf_logits, class_of_leaf, calibration)
    own_class = class_logits(leaf_logits, class_of_leaf)[:, owners]
    shares = np.exp(leaf_logits.astype(np.float64) - own_class)
    return np.asarray(totals[:, owners] * shares)


def class_weights(
    leaf_weights: NDArray[np.float32],
    leaf_logits: Logits,
    class_of_leaf: Sequence[int],
    index: int,
) -> NDArray[np.float32]:
    """The weights ``(channels,)`` by which a class's logit depends on the averaged features.

    leaf_weights: ``(leaves, channels)``, leaf_logits: ``(leaves,)`` of the image at hand.  This is
    the gradient of :func:`class_logits`: the leaves' rows, each weighted by its share of the
    class.
    """
    own = np.asarray(class_of_leaf) == index
    shares = softmax(leaf_logits[own]).astype(np.float32)
    return np.asarray(shares @ leaf_weights[own], dtype=np.float32)
