"""From pixels to a prediction."""

import json
import threading

import numpy as np
import pytest
import torch

from skinapp.domain.errors import ModelRefused
from skinapp.domain.photo import Photo
from skinapp.model.activation import class_activation_map
from skinapp.model.calibration import Calibration
from skinapp.model.card import CARD_FILE, WEIGHTS_FILE, read_card
from skinapp.model.classifier import NetworkClassifier, load_classifier
from skinapp.model.network import load_network
from skinapp.model.square import normalised
from skinapp.model.torch_engine import TorchEngine
from skinapp.model.weights_file import sha256_of


def a_photo(width_px=300, height_px=240, seed=0):
    pixels = np.random.default_rng(seed).integers(
        256, size=(height_px, width_px, 3), dtype=np.uint8
    )
    return Photo(pixels.tobytes(), width_px, height_px, width_px, height_px, "PNG")


@pytest.fixture
def classifier(model_folder):
    return load_classifier(model_folder)


def test_prediction_has_calibrated_probabilities_in_the_cards_order(classifier):
    photo = a_photo()
    prediction = classifier.predict(photo)
    logits = classifier.forward(classifier.square(photo)).logits
    assert [label.code for label in prediction.labels] == [x.code for x in classifier.card.labels]
    assert prediction.probabilities == pytest.approx(Calibration(0.9).probabilities(logits))


def test_activation_map_equals_grad_cam_by_autograd(model_folder):
    card = read_card(model_folder)
    network = load_network(card, model_folder)
    engine = TorchEngine(card, load_network(card, model_folder), packed=False)
    engine.setup()
    classifier = NetworkClassifier(card, engine)
    photo = a_photo(seed=4)
    prediction = classifier.predict(photo)
    top = int(np.argmax(prediction.probabilities))

    image = normalised(classifier.square(photo), card.input.mean, card.input.std)
    features = network.features(torch.from_numpy(image)).requires_grad_(True)
    network.classifier(features.mean(dim=(2, 3)))[0, top].backward()
    importance = features.grad.mean(dim=(2, 3), keepdim=True)
    grad_cam = torch.relu((importance * features).sum(dim=1))[0].detach()
    expected = (grad_cam / grad_cam.max()).flatten().tolist()

    assert prediction.activation_map.values == pytest.approx(expected, abs=1e-4)


def test_map_without_any_evidence_is_dark():
    found = class_activation_map(np.ones((2, 3, 4), np.float32), np.array([-1.0, -1.0], np.float32))
    assert (found.rows, found.columns, set(found.values)) == (3, 4, {0.0})


def test_embedding_is_the_averaged_feature_map(classifier):
    photo = a_photo()
    output = classifier.forward(classifier.square(photo))
    embedding = np.frombuffer(classifier.predict(photo).embedding, dtype="<f4")
    assert embedding == pytest.approx(output.feature_map.mean(axis=(1, 2)), abs=1e-5)


def test_threads_that_share_a_classifier_get_the_answers_they_would_get_alone(classifier):
    photos = [a_photo(seed=seed) for seed in range(6)]
    alone = [classifier.predict(photo).probabilities for photo in photos]
    together = [None] * len(photos)

    def work(index):
        together[index] = classifier.predict(photos[index]).probabilities

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(photos))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(a == pytest.approx(t, abs=1e-5) for a, t in zip(alone, together, strict=True))


def test_several_squares_get_the_probabilities_they_get_alone(classifier):
    squares = np.stack([classifier.square(a_photo(seed=seed)) for seed in range(2)])
    together = classifier.probabilities(squares)
    assert together.shape == (2, 7)
    np.testing.assert_allclose(together[1:], classifier.probabilities(squares[1:]))


def test_classifier_says_what_runs_it(classifier):
    assert classifier.engine.name == "torch"


def test_weights_that_do_not_fit_the_architecture_are_refused_with_a_sentence(model_folder):
    facts = json.loads((model_folder / CARD_FILE).read_text())
    facts["labels"] = facts["labels"][:5]
    (model_folder / CARD_FILE).write_text(json.dumps(facts))
    with pytest.raises(ModelRefused, match="weights don't fit the card"):
        load_classifier(model_folder)


def test_file_that_is_no_safetensors_is_refused_with_a_sentence(model_folder):
    (model_folder / WEIGHTS_FILE).write_bytes(b"pickle?")
    facts = json.loads((model_folder / CARD_FILE).read_text())
    facts["weights_sha256"] = sha256_of(model_folder / WEIGHTS_FILE)
    (model_folder / CARD_FILE).write_text(json.dumps(facts))
    with pytest.raises(ModelRefused, match="weights don't fit the card"):
        load_classifier(model_folder)


def test_unknown_architecture_is_refused_by_name(model_folder):
    facts = json.loads((model_folder / CARD_FILE).read_text()) | {"architecture": "resnet_999"}
    (model_folder / CARD_FILE).write_text(json.dumps(facts))
    with pytest.raises(ModelRefused, match="resnet_999"):
        load_classifier(model_folder)
