"""From pixels to a prediction."""

import json
import threading

import numpy as np
import pytest
import torch

from skinapp.domain.errors import ModelRefused
from skinapp.domain.photo import Photo
from skinapp.model.activation import class_activation_map
from skinapp.model.calibration import softmax
from skinapp.model.card import CARD_FILE, WEIGHTS_FILE, read_card, sha256_of
from skinapp.model.classifier import TorchClassifier, load_classifier, load_network
from skinapp.model.preprocess import centre_square, normalise


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
    logits = classifier.forward(classifier.square(photo)[None]).logits[0].numpy()
    assert [label.code for label in prediction.labels] == [x.code for x in classifier.card.labels]
    assert prediction.probabilities == pytest.approx(softmax(logits, 0.9))


def test_folding_batch_norms_changes_no_answer(model_folder):
    card = read_card(model_folder)
    plain = load_network(card, model_folder)
    folded = TorchClassifier(card, load_network(card, model_folder))
    square = folded.square(a_photo())[None]
    expected = plain(normalise(square, card.input.mean, card.input.std))
    found = folded.forward(square)
    assert torch.allclose(found.logits, expected.logits, atol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in folded._network.modules())


def test_activation_map_equals_grad_cam_by_autograd(model_folder):
    card = read_card(model_folder)
    network = load_network(card, model_folder)
    classifier = TorchClassifier(card, load_network(card, model_folder))
    photo = a_photo(seed=4)
    prediction = classifier.predict(photo)
    top = int(np.argmax(prediction.probabilities))

    images = normalise(classifier.square(photo)[None], card.input.mean, card.input.std)
    features = network.features(images).requires_grad_(True)
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
    output = classifier.forward(classifier.square(photo)[None])
    embedding = np.frombuffer(classifier.predict(photo).embedding, dtype="<f4")
    assert embedding == pytest.approx(output.feature_map[0].mean(dim=(1, 2)).numpy(), abs=1e-5)


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


@pytest.mark.parametrize(("width_px", "height_px"), [(640, 480), (480, 640), (500, 500)])
def test_network_is_shown_the_centre_square(width_px, height_px):
    pixels = np.zeros((height_px, width_px, 3), np.uint8)
    middle_y, middle_x = height_px // 2, width_px // 2
    pixels[middle_y - 40 : middle_y + 40, middle_x - 40 : middle_x + 40] = 255
    square = centre_square(pixels, 120)
    assert square.shape == (3, 120, 120)
    bright = (square[0] > 127).nonzero().float()
    assert bright.mean(dim=0).tolist() == pytest.approx([59.5, 59.5], abs=1)


def test_normalised_channels_have_the_cards_statistics():
    images = torch.full((1, 3, 4, 4), 255, dtype=torch.uint8)
    found = normalise(images, (0.5, 0.0, 1.0), (0.5, 0.25, 1.0))
    assert found[0, :, 0, 0].tolist() == pytest.approx([1.0, 4.0, 0.0])
