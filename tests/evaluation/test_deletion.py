"""The deletion test, with a classifier whose answer rests on one place."""

import numpy as np
import pytest

from skinapp.domain.lesions import HAM10000
from skinapp.domain.prediction import ActivationMap, Prediction
from skinapp.evaluation.deletion import DeletionCurve, cell_heat, deletion_test
from skinapp.evaluation.labels import LabelledImage
from skinapp.synthetic import draw_lesion

SIZE_PX = 112


class CornerClassifier:
    """Says "nevus" the surer, the more detail there is in the upper left quarter."""

    def __init__(self, map_is_right):
        self._hot = 0 if map_is_right else 3

    def square(self, _photo):
        return np.random.default_rng(0).integers(256, size=(SIZE_PX, SIZE_PX, 3), dtype=np.uint8)

    def probabilities(self, squares):
        half = SIZE_PX // 2
        detail = squares[:, :half, :half].std(axis=(1, 2, 3)) / 74
        nevus = detail.clip(0.1, 1.0) * 0.9
        rest = np.repeat(((1 - nevus) / 6)[:, None], 7, axis=1)
        rest[:, 5] = nevus
        return rest

    def predict(self, _photo):
        heat = [0.0] * 4
        heat[self._hot] = 1.0
        return Prediction(
            labels=HAM10000,
            probabilities=(0.02, 0.02, 0.02, 0.02, 0.02, 0.88, 0.02),
            activation_map=ActivationMap(2, 2, tuple(heat)),
            embedding=b"",
            model_name="corner",
            model_version="0",
        )


@pytest.fixture
def images(tmp_path):
    path = tmp_path / "a.png"
    draw_lesion("nevus", width_px=160, height_px=120).save(path)
    return [LabelledImage("a", path, "nv", "a")] * 2


def test_probability_falls_faster_where_the_map_points_at_the_evidence(images):
    curve = deletion_test(CornerClassifier(map_is_right=True), images, seed=1)
    assert curve.gaps(replicates=50, seed=1)["deletion_gap"].value > 0.1


def test_misleading_map_is_found_out(images):
    curve = deletion_test(CornerClassifier(map_is_right=False), images, seed=1)
    assert curve.gaps(replicates=50, seed=1)["deletion_gap"].value < 0


def test_probability_rises_faster_where_the_map_gives_the_evidence_back(images):
    gaps = deletion_test(CornerClassifier(map_is_right=True), images, seed=1).gaps(
        replicates=50, seed=1
    )
    assert gaps["insertion_gap"].value > 0.1
    assert gaps["insertion_gap_to_centre"].value > 0
    assert gaps["deletion_gap_to_centre"].value > 0


def test_gaps_are_the_mean_distances_of_the_curves():
    low, high = np.array([[0.9, 0.3], [0.9, 0.1]]), np.full((2, 2), 0.9)
    curve = DeletionCurve(
        (0.0, 0.5),
        deleted={"map": low, "random": high, "centre": low},
        inserted={"map": high, "random": low, "centre": high},
    )
    gaps = {name: gap.value for name, gap in curve.gaps(replicates=20, seed=0).items()}
    assert gaps == {
        "deletion_gap": pytest.approx(0.35),
        "deletion_gap_to_centre": 0.0,
        "insertion_gap": pytest.approx(0.35),
        "insertion_gap_to_centre": 0.0,
    }


def test_heat_of_a_coarse_map_keeps_its_place():
    heat = cell_heat(ActivationMap(2, 2, (1.0, 0.0, 0.0, 0.0))).reshape(14, 14)
    assert heat[:4, :4].min() > 0.9
    assert heat[-4:, -4:].max() < 0.1
