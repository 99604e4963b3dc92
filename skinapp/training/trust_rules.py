"""What of a card follows from a network's answers on the home set's validation part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skinapp.evaluation.choose import choose_certainty
from skinapp.evaluation.conformal import calibrate_levels
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.metrics import Scores
from skinapp.evaluation.rarity import choose_rarity
from skinapp.evaluation.score import class_numbers, lesion_numbers
from skinapp.model.calibration import Logits
from skinapp.model.card import Card
from skinapp.model.leaves import class_logits, class_probabilities
from skinapp.training.trust import points_anew


def with_rules(
    card: Card, answers: Logits, images: Sequence[LabelledImage], learned: Sequence[str]
) -> Card:
    """Fit calibration, names, sets and thresholds, each by what the ones before it say.

    ``answers`` are the outputs ``(n, outputs)`` of the engine that is used here for the
    validation images, ``learned`` the class codes of the home set's training images.
    """
    where = card.operating_points[card.default_operating_point].measured_on
    targets = class_numbers(images, card.lesions)
    logits = class_logits(answers, card.class_of_output)
    temperature, rarity = choose_rarity(logits, targets, card, learned, measured_on=where)
    calibrated = card.model_copy(update={"temperature": temperature, "rarity": rarity})
    scores = Scores(
        targets=targets,
        probabilities=class_probabilities(answers, card.class_of_output, calibrated.calibration),
        malignant=np.array([label.malignant for label in card.labels]),
        groups=lesion_numbers(images),
    )
    points = points_anew(card.operating_points, scores)
    return calibrated.model_copy(
        update={
            "operating_points": points,
            "certainty": choose_certainty(scores),
            "prediction_sets": calibrate_levels(scores, calibrated, measured_on=where),
        }
    )
