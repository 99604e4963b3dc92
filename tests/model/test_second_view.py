"""One pass gives the maps of two classes, and the leaves of those that have several."""

import numpy as np
import pytest

from skinapp.domain.engine import EngineReport
from skinapp.domain.lesions import HAM10000_LEAVES
from skinapp.domain.photo import Photo
from skinapp.model.activation import class_activation_map
from skinapp.model.card import LeafEntry
from skinapp.model.classifier import NetworkClassifier
from skinapp.model.engine import RawOutput
from tests.cast import a_card

CHANNELS = 5


class DrawnEngine:
    """Answers every image with the same drawn features."""

    report = EngineReport("drawn", "1", "float32", "for tests")
    callers = 2

    def __init__(self, outputs):
        numbers = np.random.default_rng(5)
        self.head_weights = numbers.normal(size=(outputs, CHANNELS)).astype(np.float32)
        self.features = numbers.random((CHANNELS, 3, 4), dtype=np.float32)

    def setup(self):
        pass

    def predict(self, image):
        assert image.shape[:2] == (1, 3)
        embedding = self.features.mean(axis=(1, 2))
        return RawOutput(self.head_weights @ embedding, embedding, self.features)


def a_photo():
    return Photo(bytes(300 * 240 * 3), 300, 240, 300, 240, "PNG")


@pytest.fixture
def with_leaves():
    entries = tuple(
        LeafEntry(code=leaf.code, name=leaf.name, label=leaf.class_code) for leaf in HAM10000_LEAVES
    )
    return NetworkClassifier(a_card().model_copy(update={"leaves": entries}), DrawnEngine(8))


def test_second_map_is_that_of_the_second_most_probable_class():
    engine = DrawnEngine(7)
    prediction = NetworkClassifier(a_card(), engine).predict(a_photo())
    (first, _), (second, _), *_ = prediction.ranked
    for lesion, found in (
        (first, prediction.activation_map),
        (second, prediction.runner_up_map),
    ):
        row = engine.head_weights[prediction.labels.index(lesion)]
        expected = class_activation_map(engine.features, row)
        assert found.values == pytest.approx(expected.values, abs=1e-6)


def test_network_with_one_map_for_all_classes_has_no_second_one():
    engine = DrawnEngine(7)
    engine.head_weights = np.ones_like(engine.head_weights)
    prediction = NetworkClassifier(a_card(), engine).predict(a_photo())
    assert prediction.runner_up_map is None
    assert max(prediction.activation_map.values) == 1.0


def test_leaves_of_the_card_split_their_class(with_leaves):
    prediction = with_leaves.predict(a_photo())
    akiec = prediction.labels[0]
    assert {part.leaf.code for part in prediction.leaves_of(akiec)} == {"ak", "scc"}
    total = sum(part.probability for part in prediction.leaves_of(akiec))
    assert total == pytest.approx(prediction.probabilities[0], abs=1e-6)
    assert len(prediction.leaves) == 2


def test_card_without_leaves_splits_nothing():
    prediction = NetworkClassifier(a_card(), DrawnEngine(7)).predict(a_photo())
    assert prediction.leaves == ()
