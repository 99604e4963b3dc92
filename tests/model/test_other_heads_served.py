"""Networks that aren't a map, its average and a linear layer, served by either engine."""

import copy

import numpy as np
import pytest
import torch

from skinapp.domain.photo import Photo
from skinapp.model.card import read_card
from skinapp.model.classifier import NetworkClassifier, load_classifier
from skinapp.model.convert import convert
from skinapp.model.engine_cache import read_entry
from skinapp.model.network import load_network
from skinapp.model.openvino_engine import OpenVinoEngine
from skinapp.model.square import normalised
from skinapp.model.torch_engine import TorchEngine
from skinapp.synthetic import draw_lesion
from tests.model_folders import write_model_folder

# OpenVINO traces the network, which this torch calls deprecated; the server converts in a process
# of its own.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.trace:DeprecationWarning")


@pytest.fixture
def folder(small_network, tmp_path):
    name, network = small_network
    write_model_folder(tmp_path, network, name)
    return tmp_path


@pytest.fixture
def photo():
    picture = draw_lesion("melanoma", seed=3, width_px=160, height_px=120)
    return Photo(picture.tobytes(), 160, 120, 160, 120, "PNG")


@pytest.fixture
def openvino_engine(folder, tmp_path_factory):
    card, entry_folder = read_card(folder), tmp_path_factory.mktemp("entry")
    convert(card, load_network(card, folder), entry_folder)
    entry = read_entry(entry_folder)
    engine = OpenVinoEngine(
        card, entry.blob, entry.facts.precision, *entry.read_reference(), threads=1
    )
    engine.setup()
    return engine


def map_by_hand(folder, photo):
    """The map of the likeliest class in plain PyTorch, the strongest place being 1."""
    card = read_card(folder)
    network = load_network(card, folder)
    square = load_classifier(folder).square(photo)
    output = network(torch.from_numpy(normalised(square, card.input.mean, card.input.std)))
    weights = network.head_weights[int(output.logits[0].argmax())]
    found = torch.relu(torch.einsum("c,chw->hw", weights, output.feature_map[0]))
    return (found / found.max()).flatten().tolist()


def test_page_gets_the_networks_own_map_from_torch(folder, photo):
    prediction = load_classifier(folder).predict(photo)
    expected = map_by_hand(folder, photo)
    assert prediction.activation_map.values == pytest.approx(expected, abs=0.03)
    assert sum(prediction.probabilities) == pytest.approx(1.0)


def test_page_gets_the_networks_own_map_from_openvino(folder, photo, openvino_engine):
    prediction = NetworkClassifier(read_card(folder), openvino_engine).predict(photo)
    assert prediction.activation_map.values == pytest.approx(map_by_hand(folder, photo), abs=0.05)


def test_openvino_gives_the_answers_of_torch(folder, photo, openvino_engine):
    card = read_card(folder)
    torch_classifier = load_classifier(folder)
    expected = torch_classifier.predict(photo).probabilities
    found = NetworkClassifier(card, openvino_engine).predict(photo).probabilities
    assert found == pytest.approx(expected, abs=0.02)
    np.testing.assert_array_equal(
        openvino_engine.head_weights, load_network(card, folder).head_weights.numpy()
    )


def test_convolutions_are_packed_and_a_transformer_runs_plainly(folder):
    card = read_card(folder)
    network = load_network(card, folder)
    engine = TorchEngine(card, copy.deepcopy(network))
    engine.setup()
    packed = card.architecture == "vgg16"
    assert engine.report.reason.startswith("packed for oneDNN") == packed
    image = np.random.default_rng(2).normal(size=(1, 3, 96, 96)).astype(np.float32)
    by_hand = [values[0].numpy() for values in network(torch.from_numpy(image))]
    for found, expected in zip(engine.predict(image), by_hand, strict=True):
        np.testing.assert_allclose(found, expected, atol=0.02 * np.abs(expected).max())
