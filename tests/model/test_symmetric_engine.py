"""Answers that are the mean over symmetric views of a photo."""

import numpy as np
import pytest

from skinapp.domain.engine import EngineReport
from skinapp.model.card import read_card
from skinapp.model.engine import RawOutput
from skinapp.model.engines import EnginePlan, choose_engine
from skinapp.model.symmetric_engine import SymmetricEngine, symmetric_views


class CornerEngine:
    """Answers with what stands in the corners, so that every turn is told apart."""

    report = EngineReport("corners", "1", "float32", "for tests")
    head_weights = np.ones((4, 3), np.float32)
    callers = 2

    def __init__(self):
        self.seen = []

    def setup(self):
        self.seen.clear()

    def predict(self, image):
        self.seen.append(image)
        corners = image[0, 0, [0, 0, -1, -1], [0, -1, 0, -1]]
        return RawOutput(corners, image[0, :, 0, 0], image[0])


@pytest.fixture
def image():
    return np.random.default_rng(1).normal(size=(1, 3, 6, 6)).astype(np.float32)


@pytest.mark.parametrize("symmetries", [1, 2, 8])
def test_views_are_different_and_the_first_is_the_image_itself(image, symmetries):
    views = list(symmetric_views(image, symmetries))
    assert len({view.tobytes() for view in views}) == len(views) == symmetries
    assert (views[0] == image).all()
    assert all(view.flags.c_contiguous for view in views)


@pytest.mark.parametrize("symmetries", [2, 8])
def test_answer_is_the_mean_of_what_is_said_about_each_view(image, symmetries):
    engine = CornerEngine()
    logits = SymmetricEngine(engine, symmetries).predict(image).logits
    assert len(engine.seen) == symmetries
    each = [CornerEngine().predict(view).logits for view in engine.seen]
    assert logits == pytest.approx(np.mean(each, axis=0))
    assert logits.dtype == np.float32


def test_what_is_strange_about_a_photo_is_judged_by_the_photo_as_it_is(image):
    output = SymmetricEngine(CornerEngine(), 8).predict(image)
    assert (output.logits_of_the_image == CornerEngine().predict(image).logits).all()
    assert (output.logits != output.logits_of_the_image).any()


@pytest.mark.parametrize("quarter_turns", range(4))
def test_turned_photo_gets_the_same_answer_from_all_eight_views(image, quarter_turns):
    engine = SymmetricEngine(CornerEngine(), 8)
    turned = np.rot90(image, quarter_turns, (2, 3))[..., ::-1]
    assert engine.predict(turned).logits == pytest.approx(engine.predict(image).logits, abs=1e-6)


def test_map_and_embedding_are_those_of_the_photo_as_it_is_shown(image):
    output, plain = SymmetricEngine(CornerEngine(), 8).predict(image), CornerEngine().predict(image)
    assert (output.feature_map == plain.feature_map).all()
    assert (output.embedding == plain.embedding).all()


def test_report_tells_over_how_many_views(model_folder):
    engine = choose_engine(read_card(model_folder), model_folder, EnginePlan(symmetries=8))
    assert engine.report.views == 8
    assert "mean over 8 views" in str(engine.report)


def test_network_of_a_folder_answers_with_the_mean(model_folder, image):
    card = read_card(model_folder)
    side = card.input.size_px
    photo = np.tile(image, (1, 1, side // 6 + 1, side // 6 + 1))[..., :side, :side]
    plain, averaged = (
        choose_engine(card, model_folder, EnginePlan(symmetries=number)) for number in (1, 2)
    )
    both = [plain.predict(view).logits for view in symmetric_views(photo, 2)]
    assert averaged.predict(photo).logits == pytest.approx(np.mean(both, axis=0), abs=1e-5)
