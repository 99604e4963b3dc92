"""The class-activation map, from the same forward pass as the answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skinapp.domain.prediction import ActivationMap

# Features at a place over the median of all places.  The most striking lesion has 2 to 5, the
# places that are shut out 8 to 40.
_MOST_STRENGTH = 6.0
# Rows and columns from the frame within which padding can make such a place.
_RIM = 2


def class_activation_map(
    feature_map: NDArray[np.float32],
    class_weights: NDArray[np.float32],
    shut_out: NDArray[np.bool_] | None = None,
) -> ActivationMap:
    """Where the evidence for one class lies.

    feature_map: ``(channels, rows, columns)``; class_weights: ``(channels,)``, how much each
    channel counts for the class, as the network's head says.  Evidence against the class is cut
    off at 0 and the strongest evidence is 1.  Zhou et al., "Learning deep features for
    discriminative localization", CVPR 2016; for average pooling and one linear layer it equals
    Grad-CAM (Selvaraju et al., ICCV 2017) up to a factor that the scaling takes out.  Places that
    are ``shut_out`` ``(rows, columns)`` have none.
    """
    evidence = np.maximum(np.tensordot(class_weights, feature_map, axes=1), 0.0)
    if shut_out is not None:
        evidence = np.where(shut_out, np.float32(0), evidence)
    strongest = float(evidence.max())
    if strongest > 0:
        evidence = evidence / strongest
    rows, columns = evidence.shape
    return ActivationMap(rows, columns, tuple(float(value) for value in evidence.ravel()))


def places_of_a_bias(feature_map: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Places ``(rows, columns)`` at the frame that say the same about every photo.

    feature_map: ``(channels, rows, columns)``.  Networks keep constants at places where there is
    nothing to see ("massive activations", Sun et al., COLM 2024; Darcet et al., "Vision
    transformers need registers", ICLR 2024); a convolutional one finds them where padding tells a
    corner from the rest.  Their features are many times as strong as any lesion's, and what they
    add to a class hardly differs between photos: a bias, and no evidence.
    """
    strength = np.linalg.norm(feature_map, axis=0)
    strange = strength > _MOST_STRENGTH * np.median(strength)
    rows, columns = strength.shape
    return np.asarray(strange & (_at_the_rim(rows)[:, None] | _at_the_rim(columns)))


def _at_the_rim(places: int) -> NDArray[np.bool_]:
    """Which of so many places in a row lie at its ends: two at most, of few places fewer."""
    number = np.arange(places)
    return np.minimum(number, places - 1 - number) < min(_RIM, places // 4)
