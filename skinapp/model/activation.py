"""The class-activation map, from the same forward pass as the answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skinapp.domain.prediction import ActivationMap


def class_activation_map(
    feature_map: NDArray[np.float32], class_weights: NDArray[np.float32]
) -> ActivationMap:
    """Where the evidence for one class lies.

    feature_map: ``(channels, rows, columns)``; class_weights: ``(channels,)``, how much each
    channel counts for the class, as the network's head says.  Evidence against the class is cut
    off at 0 and the strongest evidence is 1.  Zhou et al., "Learning deep features for
    discriminative localization", CVPR 2016; for average pooling and one linear layer it equals
    Grad-CAM (Selvaraju et al., ICCV 2017) up to a factor that the scaling takes out.
    """
    evidence = np.maximum(np.tensordot(class_weights, feature_map, axes=1), 0.0)
    strongest = float(evidence.max())
    if strongest > 0:
        evidence = evidence / strongest
    rows, columns = evidence.shape
    return ActivationMap(rows, columns, tuple(float(value) for value in evidence.ravel()))
