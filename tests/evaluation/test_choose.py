"""What is chosen on the validation part."""

from dataclasses import replace

import numpy as np
import pytest

from skinapp.evaluation.choose import (
    balanced_log_loss,
    choose_certainty,
    choose_operating_point,
    fit_temperature,
    negative_log_likelihood,
)
from skinapp.evaluation.metrics import Scores
from skinapp.evaluation.tolerance import lesions_to_miss
from skinapp.model.calibration import softmax


@pytest.fixture
def honest():
    """Logits whose softmax is the true chance of each class."""
    rng = np.random.default_rng(2)
    logits = rng.normal(scale=2.0, size=(4000, 3)).astype(np.float32)
    chances = softmax(logits)
    targets = np.array([rng.choice(3, p=row) for row in chances])
    return logits, targets


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_temperature_that_spoiled_the_logits_is_found_again(honest, temperature):
    logits, targets = honest
    assert fit_temperature(logits * temperature, targets) == pytest.approx(temperature, rel=0.08)


def test_fitted_temperature_has_less_loss_than_none(honest):
    logits, targets = honest
    fitted = fit_temperature(logits * 3, targets)
    assert negative_log_likelihood(logits * 3, targets, fitted) < negative_log_likelihood(
        logits * 3, targets, 1.0
    )


def test_balanced_log_loss_counts_a_rare_class_as_much_as_a_common_one():
    logits = np.array([[9.0, 0.0]] * 99 + [[9.0, 0.0]], dtype=np.float32)
    targets = np.array([0] * 99 + [1])
    assert balanced_log_loss(logits, targets, 1.0) == pytest.approx(4.5, abs=0.01)


def of_two_classes(ill, probability, lesions=None):
    """Scores of images that are malignant or not, each of a lesion of its own unless told."""
    groups = np.arange(len(ill)) if lesions is None else np.asarray(lesions)
    probabilities = np.stack([1 - probability, probability], axis=1)
    return Scores(ill.astype(np.int64), probabilities, np.array([False, True]), groups)


@pytest.mark.parametrize("least", [0.90, 0.95, 0.98])
def test_operating_point_is_the_highest_threshold_that_misses_so_few(least):
    rng = np.random.default_rng(4)
    ill = rng.random(1000) < 0.3
    score = np.clip(rng.normal(0.3 + 0.3 * ill, 0.15), 0, 1)
    point = choose_operating_point(of_two_classes(ill, score), least)
    missed = (score[ill] < point.threshold).sum()
    higher = [t for t in np.unique(score[ill]) if t > point.threshold + 1e-4]
    may_miss = lesions_to_miss(ill.sum(), least)
    assert missed <= may_miss
    assert all((score[ill] < t).sum() > may_miss for t in higher)
    assert point.specificity == pytest.approx((score[~ill] < point.threshold).mean(), abs=1e-4)
    assert point.confidence >= 0.9


def test_threshold_keeps_its_word_on_new_lesions_in_nine_of_ten_choices():
    rng = np.random.default_rng(11)
    ill = np.arange(160) < 150
    # Malignant probabilities are even from 0 to 1: a threshold finds all but its own share.
    found = [
        1 - choose_operating_point(of_two_classes(ill, rng.random(160)), 0.95).threshold
        for _ in range(2000)
    ]
    kept = np.mean(np.array(found) >= 0.95)
    assert 0.9 <= kept == pytest.approx(0.945, abs=0.02)


def test_photos_of_one_lesion_share_its_vote():
    # Of 80 malignant lesions one may be missed; the two that score lowest have four photos each.
    lesions = np.array([0] * 4 + [1] * 4 + list(range(2, 80)) + [99])
    score = np.linspace(0.1, 0.9, len(lesions))
    point = choose_operating_point(of_two_classes(lesions < 80, score, lesions), 0.95)
    assert lesions_to_miss(80, 0.95) == 1
    assert point.threshold == pytest.approx(score[4], abs=1e-4)


def test_few_lesions_promise_what_they_can():
    point = choose_operating_point(of_two_classes(np.arange(9) < 3, np.linspace(0.9, 0.1, 9)), 0.95)
    assert (point.sensitivity, point.specificity) == (1.0, 1.0)
    assert point.confidence == pytest.approx(1 - 0.95**3, abs=1e-4)


def test_unsure_answers_are_those_that_are_often_wrong():
    rng = np.random.default_rng(6)
    top = rng.uniform(0.35, 1.0, size=5000)
    probabilities = np.stack([top, (1 - top) * 0.6, (1 - top) * 0.4], axis=1)
    targets = np.array([rng.choice(3, p=row) for row in probabilities])
    scores = Scores(targets, probabilities, np.array([True, False, False]), np.arange(5000))
    rule = choose_certainty(scores)
    assert rule.accuracy_when_unsure <= 0.55
    assert rule.accuracy_when_sure > 0.75
    assert 0.5 < rule.unsure_below < 0.9


def test_certainty_goes_by_probabilities_and_not_by_names():
    rng = np.random.default_rng(8)
    probabilities = rng.dirichlet([0.8] * 3, size=500)
    scores = Scores(np.arange(500) % 3, probabilities, np.zeros(3, dtype=bool), np.arange(500))
    named = replace(scores, names=np.zeros(500, dtype=np.int64))
    assert choose_certainty(named) == choose_certainty(scores)


def test_candidates_of_unsure_answers_hold_the_truth_nine_times_in_ten():
    rng = np.random.default_rng(7)
    probabilities = rng.dirichlet([1.2] * 5, size=3000)
    targets = np.array([rng.choice(5, p=row) for row in probabilities])
    scores = Scores(targets, probabilities, np.zeros(5, dtype=bool), np.arange(3000))
    rule = choose_certainty(scores)
    unsure = probabilities.max(axis=1) < rule.unsure_below
    ranked = np.argsort(-probabilities[unsure], axis=1)
    mass = np.cumsum(np.take_along_axis(probabilities[unsure], ranked, axis=1), axis=1)
    named = np.maximum((mass < rule.candidate_mass).sum(axis=1) + 1, 2)
    places = (ranked == targets[unsure][:, None]).argmax(axis=1)
    assert (places < named).mean() >= 0.9
