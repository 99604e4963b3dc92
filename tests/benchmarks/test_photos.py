"""The photo that is uploaded gets a whole answer; a refusal would cost less."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.environment import given_settings
from benchmarks.photos import PHOTOS, answered_photo
from skinapp.domain.assessment import assess
from skinapp.intake.decode import decode_photo
from skinapp.model.card import read_card
from skinapp.model.classifier import NetworkClassifier
from skinapp.model.device_engine import DeviceEngine
from skinapp.model.network import load_network
from skinapp.model.novelty import load_scorer
from skinapp.web.presenters.verdict import withheld_words

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"
MODELS = sorted(path.name for path in WEIGHTS.glob("ham10000-*"))


@pytest.fixture(scope="module", params=MODELS)
def classifier(request: pytest.FixtureRequest) -> NetworkClassifier:
    folder = WEIGHTS / request.param
    card = read_card(folder)
    # The plain network: no other engine may differ from it by more than a hair.
    engine = DeviceEngine(card, load_network(card, folder), torch.device("cpu"), 1)
    return NetworkClassifier(card, engine, load_scorer(card, folder))


@pytest.mark.parametrize("size", PHOTOS.values(), ids=str)
def test_every_measured_model_answers_the_photo(
    classifier: NetworkClassifier, size: tuple[int, int]
):
    photo = decode_photo(answered_photo(size), given_settings().limits)
    assert withheld_words(assess(classifier.predict(photo), classifier.rules, ())) is None
