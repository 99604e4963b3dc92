"""Which one type is named where one name is asked for and several types remain possible."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from skinapp.domain.lesions import LesionType
from skinapp.domain.prediction import Prediction


@dataclass(frozen=True, slots=True)
class NamingRule:
    """The type of the highest probability times its weight.

    ``weights`` (above 0) are in the order of the model's labels, and larger for types that are rare
    in the data: by probability alone the common types would be named in nearly every case of
    doubt, and rare ones missed (Menon et al., "Long-tail learning via logit adjustment", ICLR
    2021, on adjusting after the training).
    """

    weights: tuple[float, ...]

    def name(self, prediction: Prediction, among: Collection[LesionType]) -> LesionType:
        """Name one of these types; of two that weigh the same, the first of the labels.

        Raises :class:`ValueError` where none of the model's types is among them.
        """
        weighed = zip(prediction.labels, prediction.probabilities, self.weights, strict=True)
        return max(
            ((lesion, chance * weight) for lesion, chance, weight in weighed if lesion in among),
            key=lambda pair: pair[1],
        )[0]
