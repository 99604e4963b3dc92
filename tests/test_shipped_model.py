"""The model that is served by default, and what is said about it."""

import os
from pathlib import Path

import numpy as np
import pytest

from skinapp.evaluation.labels import read_labelled_images
from skinapp.evaluation.metrics import overall_metrics
from skinapp.evaluation.score import score_images
from skinapp.evaluation.splits import PARTS
from skinapp.model.card import read_card
from skinapp.model.classifier import load_classifier
from skinapp.settings import Settings
from skinapp.training.recipe import read_recipe
from skinapp.training.split import split_by_lesion

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "weights" / Settings.model_fields["model"].default
DATA = Path(os.environ.get("SKINAPP_DATA", ROOT.parent / "shared" / "data"))
HAM10000 = DATA / "ham10000"


@pytest.fixture(scope="module")
def card():
    return read_card(FOLDER)


@pytest.fixture(scope="module")
def recipe(card):
    return read_recipe(ROOT / card.training.recipe)


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(FOLDER)


def test_map_points_at_what_the_answer_rests_on(card):
    assert card.metrics["test"].overall["deletion_gap"].low > 0


@pytest.mark.data
def test_no_lesion_of_ham10000_stands_in_two_parts(card, recipe):
    codes = [label.code for label in card.labels]
    images = read_labelled_images([HAM10000], HAM10000 / "HAM10000_metadata.csv", codes)
    parts = split_by_lesion(
        images,
        validation_fraction=recipe.split.validation_fraction,
        test_fraction=recipe.split.test_fraction,
        seed=recipe.seed,
    )
    lesions = [{image.lesion_id for image in parts.named(part)} for part in PARTS]
    assert sum(map(len, lesions)) == len(set.union(*lesions)) == sum(card.training.lesions.values())
    assert {part: len(parts.named(part)) for part in PARTS} == card.training.images


@pytest.mark.data
def test_challenge_validation_images_are_told_apart(classifier, card):
    folder = DATA / "isic2018_validation"
    images = read_labelled_images(
        [folder],
        folder / "ISIC2018_Task3_Validation_GroundTruth.csv",
        [label.code for label in card.labels],
    )
    found = overall_metrics(score_images(classifier, images), np.ones(len(images)))
    # Far below what is measured, far above chance: this catches a broken path, not a bad day.
    assert found["malignant_auroc"] > 0.8
    assert found["balanced_accuracy"] > 0.5
