"""Thresholds that are fitted for the engine that serves."""

import numpy as np
import pytest

from skinapp.evaluation.choose import (
    LEAST_SENSITIVITIES,
    choose_operating_point,
    point_name,
)
from skinapp.evaluation.metrics import Scores
from skinapp.evaluation.tolerance import lesions_to_miss
from skinapp.model.card import OperatingPointEntry
from skinapp.training.trust import least_threshold, points_anew, with_intervals


def test_point_that_finds_every_malignant_image_has_the_exact_interval_of_their_number():
    malignant = np.arange(100) < 13
    probabilities = np.where(malignant[:, None] == [0, 1], 0.9, 0.1)
    scores = Scores(malignant.astype(int), probabilities, np.array([False, True]), np.arange(100))
    entry = OperatingPointEntry(
        threshold=0.5, sensitivity=1, specificity=1, measured_on="here", images=100
    )
    low, high = with_intervals(entry, scores).sensitivity_interval
    assert (low, high) == pytest.approx((0.025 ** (1 / 13), 1), abs=1e-4)


def test_points_reach_what_they_are_called_by_the_engine_that_serves():
    rng = np.random.default_rng(4)
    targets = (np.arange(400) < 80).astype(np.int64)
    trained = np.clip(0.3 + 0.3 * targets + rng.normal(0, 0.2, 400), 0.01, 0.99)
    served = np.clip(trained + rng.normal(0, 0.005, 400), 0, 1)
    ill = targets == 1

    def of_probabilities(malignant):
        both = np.stack([1 - malignant, malignant], axis=1)
        return Scores(targets, both, np.array([False, True]), np.arange(400))

    chosen = {
        point_name(least): OperatingPointEntry(
            threshold=choose_operating_point(of_probabilities(trained), least).threshold,
            sensitivity=least,
            specificity=0.5,
            measured_on="here",
            images=400,
        )
        for least in LEAST_SENSITIVITIES
    }
    found = {name: (served[ill] < point.threshold).sum() for name, point in chosen.items()}
    may_miss = {point_name(least): lesions_to_miss(80, least) for least in LEAST_SENSITIVITIES}
    assert any(found[name] > may_miss[name] for name in chosen)
    anew = points_anew(chosen, of_probabilities(served))
    for name, point in anew.items():
        assert (served[ill] < point.threshold).sum() <= may_miss[name]
    assert anew["malignant_95"].confidence == pytest.approx(
        1 - 0.95**80 - 80 * 0.05 * 0.95**79, abs=1e-4
    )


def test_refusal_keeps_as_many_of_a_small_set_as_of_a_large_one():
    rng = np.random.default_rng(3)
    home, elsewhere = rng.normal(0, 1, 1200), rng.normal(1, 1, 300)
    scores, sets = np.concatenate([home, elsewhere]), np.repeat([0, 1], [1200, 300])
    threshold = least_threshold(scores, sets)
    assert (elsewhere <= threshold).mean() == pytest.approx(0.98, abs=0.004)
    assert (scores <= least_threshold(scores, np.zeros(1500, int))).mean() == pytest.approx(
        0.98, abs=0.001
    )


def test_handful_of_strange_images_does_not_set_the_threshold():
    scores = np.concatenate([np.linspace(0, 1, 1000), np.full(10, 50.0)])
    assert least_threshold(scores, np.repeat([0, 1], [1000, 10])) < 1
