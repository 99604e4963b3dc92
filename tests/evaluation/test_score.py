"""A model's answers beside the truth, image by image."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.score import lesion_numbers, scores_of
from skinapp.model.trust_entries import PredictionSetEntry
from tests.cast import a_card, a_rarity

IMAGES = [
    LabelledImage("first", Path("x"), "nv", "L7"),
    LabelledImage("second", Path("x"), "mel", "L3"),
    LabelledImage("third", Path("x"), "nv", "L7"),
    LabelledImage("fourth", Path("x"), "nv", "first"),
    LabelledImage("fifth", Path("x"), "mel", "L3"),
]


@pytest.fixture
def stub():
    """Answers with a photo itself: the class it names, and how strange it is."""
    card = a_card()
    codes = [label.code for label in card.labels]

    def forward(photo):
        named, strangeness = photo
        return SimpleNamespace(logits=np.eye(7)[codes.index(named)], strangeness=strangeness)

    return SimpleNamespace(
        card=card,
        square=lambda photo: photo,
        forward=forward,
        calibrated=lambda logits: 0.3 * logits + 0.1,
        novelty_score=lambda _square, output: output.strangeness,
    )


def test_images_of_one_lesion_have_its_number_and_others_have_another():
    assert lesion_numbers(IMAGES).tolist() == [0, 1, 0, 2, 1]


def test_scores_hold_each_images_class_answer_and_lesion(stub):
    photos = [("nv", 0.1), ("bkl", 0.2), ("mel", 0.3), ("df", 0.4), ("mel", 0.5)]
    scores = scores_of(stub, IMAGES, photos)
    codes = [label.code for label in stub.card.labels]
    assert [codes[index] for index in scores.targets] == ["nv", "mel", "nv", "nv", "mel"]
    assert [codes[index] for index in scores.predicted] == ["nv", "bkl", "mel", "df", "mel"]
    assert scores.probabilities.max(axis=1) == pytest.approx([0.4] * 5)
    assert scores.groups.tolist() == [0, 1, 0, 2, 1]
    assert scores.novelty.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_images_are_named_by_the_rule_of_the_card(stub):
    photos = [("nv", 0.1), ("bkl", 0.2)]
    shares = {label.code: 0.9 if label.code == "nv" else 0.1 for label in stub.card.labels}
    rarity = a_rarity(calibration=0, naming=1, shares=shares)
    sets = PredictionSetEntry(
        level=0.9, least_probabilities=dict.fromkeys(shares, 0.1), measured_on="drawn", images=1
    )
    stub.card = stub.card.model_copy(update={"rarity": rarity, "prediction_sets": (sets,)})
    scores = scores_of(stub, IMAGES[:2], photos)
    codes = list(shares)
    assert [codes[index] for index in scores.most_probable] == ["nv", "bkl"]
    assert [codes[index] for index in scores.predicted] == ["akiec", "bkl"]


def test_malignant_classes_are_those_of_the_card(stub):
    scores = scores_of(stub, IMAGES[:2], [("nv", None), ("bcc", None)])
    assert scores.is_malignant.tolist() == [False, True]
    assert scores.malignant_probability == pytest.approx([0.3, 0.6])


def test_scores_of_a_model_without_novelty_have_none(stub):
    assert scores_of(stub, IMAGES[:1], [("nv", None)]).novelty is None
