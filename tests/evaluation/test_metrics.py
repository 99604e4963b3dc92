"""Figures of merit, held against scikit-learn and against cases known by hand."""

import numpy as np
import pytest
from sklearn import metrics as reference

from skinapp.evaluation.metrics import (
    Scores,
    area_behind,
    auroc,
    calibration_error,
    class_metrics,
    confusion_matrix,
    kept_share,
    malignant_calibration_error,
    overall_metrics,
    triage_metrics,
    with_intervals,
)


@pytest.fixture
def scores():
    rng = np.random.default_rng(3)
    targets = rng.choice(4, size=300, p=[0.6, 0.2, 0.15, 0.05])
    logits = rng.normal(size=(300, 4)) + 1.5 * np.eye(4)[targets]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Scores(targets, probabilities, np.array([False, True, False, True]), np.arange(300))


@pytest.fixture
def ones(scores):
    return np.ones(len(scores.targets))


def test_auroc_equals_scikit_learn_with_ties_and_weights():
    rng = np.random.default_rng(5)
    positive = rng.random(200) < 0.3
    score = rng.integers(10, size=200) / 10 + 0.2 * positive
    weights = rng.integers(4, size=200).astype(float)
    expected = reference.roc_auc_score(positive, score, sample_weight=weights)
    assert auroc(positive, score, weights) == pytest.approx(expected)


def test_auroc_without_a_positive_is_not_a_number():
    assert np.isnan(auroc(np.zeros(4, dtype=bool), np.arange(4.0), np.ones(4)))


def test_overall_metrics_equal_scikit_learn(scores, ones):
    ours = overall_metrics(scores, ones)
    true, named = scores.targets, scores.predicted
    assert ours["accuracy"] == pytest.approx(reference.accuracy_score(true, named))
    assert ours["balanced_accuracy"] == pytest.approx(
        reference.balanced_accuracy_score(true, named)
    )
    assert ours["macro_f1"] == pytest.approx(reference.f1_score(true, named, average="macro"))
    assert ours["macro_precision"] == pytest.approx(
        reference.precision_score(true, named, average="macro")
    )
    assert ours["macro_auroc"] == pytest.approx(
        reference.roc_auc_score(true, scores.probabilities, multi_class="ovr", average="macro")
    )


def test_weights_count_as_repeated_images(scores):
    weights = np.random.default_rng(0).integers(3, size=300)
    repeated = np.repeat(np.arange(300), weights)
    copy = Scores(
        scores.targets[repeated], scores.probabilities[repeated], scores.malignant, repeated
    )
    weighted = overall_metrics(scores, weights.astype(float))
    assert weighted == pytest.approx(overall_metrics(copy, np.ones(len(repeated))))


def test_confusion_matrix_has_true_classes_as_rows():
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3]])
    scores = Scores(np.array([0, 1, 0]), probabilities, np.array([False, True]), np.arange(3))
    assert confusion_matrix(scores, np.ones(3)).tolist() == [[1, 1], [0, 1]]


def test_sensitivity_and_specificity_of_a_class_equal_those_counted_by_hand():
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])
    scores = Scores(np.array([0, 1, 0, 1]), probabilities, np.array([False, True]), np.arange(4))
    found = class_metrics(scores, np.ones(4), 1)
    assert (found["sensitivity"], found["specificity"]) == (0.5, 0.5)


def test_calibration_error_of_an_overconfident_model_is_the_gap():
    probabilities = np.tile([0.9, 0.1], (10, 1))
    targets = np.array([0] * 6 + [1] * 4)
    scores = Scores(targets, probabilities, np.array([False, True]), np.arange(10))
    assert calibration_error(scores, np.ones(10)) == pytest.approx(0.3)


@pytest.fixture
def lesions_that_fall_into_two_bins():
    """Two with a malignant probability of 0.9, one of them malignant; two with 0.3, both so."""
    probabilities = np.array(
        [[0.10, 0.50, 0.40], [0.10, 0.45, 0.45], [0.70, 0.20, 0.10], [0.70, 0.05, 0.25]]
    )
    return Scores(
        np.array([2, 0, 1, 2]), probabilities, np.array([False, True, True]), np.arange(4)
    )


def test_malignant_calibration_error_adds_up_the_gaps_of_the_bins(lesions_that_fall_into_two_bins):
    # At 0.9: 1.8 said, 1 happened.  At 0.3: 0.6 said, 2 happened.
    found = overall_metrics(lesions_that_fall_into_two_bins, np.ones(4))
    assert found["malignant_calibration_error"] == pytest.approx((0.8 + 1.4) / 4)


def test_malignant_calibration_error_counts_an_image_as_often_as_it_weighs(
    lesions_that_fall_into_two_bins,
):
    # At 0.9: 3.6 said, 1 happened.  At 0.3: 0.3 said, 1 happened.
    found = malignant_calibration_error(
        lesions_that_fall_into_two_bins, np.array([1.0, 3.0, 0.0, 1.0])
    )
    assert found == pytest.approx((2.6 + 0.7) / 5)


def test_triage_counts_a_probability_at_the_threshold_as_suspicious():
    probabilities = np.array([[0.8, 0.2], [0.9, 0.1]])
    scores = Scores(np.array([1, 0]), probabilities, np.array([False, True]), np.arange(2))
    found = triage_metrics(scores, np.ones(2), threshold=0.2)
    assert found == {"malignant_sensitivity": 1.0, "malignant_specificity": 1.0}


def test_photo_at_the_novelty_threshold_is_kept(scores):
    few = Scores(
        scores.targets[:4],
        scores.probabilities[:4],
        scores.malignant,
        scores.groups[:4],
        novelty=np.array([0.2, 1.0, 1.1, -3.0]),
    )
    assert kept_share(few, np.ones(4), 1.0) == {"kept_by_novelty": 0.75}


def test_model_without_novelty_has_no_kept_share(scores, ones):
    assert kept_share(scores, ones, 1.0) == {}
    assert kept_share(scores, ones, None) == {}


def test_intervals_hold_the_point_estimate_and_are_repeatable(scores):
    def measure(weights):
        return {"accuracy": overall_metrics(scores, weights)["accuracy"]}

    first = with_intervals(measure, scores.groups, replicates=200, seed=1)["accuracy"]
    again = with_intervals(measure, scores.groups, replicates=200, seed=1)["accuracy"]
    assert first == again
    assert first.low < first.value < first.high


def test_interval_of_a_calibration_error_holds_it_although_all_draws_are_too_high():
    rng = np.random.default_rng(8)
    confident = rng.uniform(0.5, 1, 264)
    targets = (rng.random(264) > confident).astype(np.int64)
    probabilities = np.stack([confident, 1 - confident], axis=1)
    calibrated = Scores(targets, probabilities, np.array([False, True]), np.arange(264))
    found = with_intervals(
        lambda weights: {"expected_calibration_error": calibration_error(calibrated, weights)},
        calibrated.groups,
        replicates=300,
        seed=1,
    )["expected_calibration_error"]
    assert 0 <= found.low <= found.value <= found.high
    assert found.value - found.low > 0.005


def test_intervals_are_wider_when_photos_of_a_lesion_go_together(scores):
    def measure(weights):
        return {"share": float(np.average(scores.targets == 0, weights=weights))}

    sorted_into_lesions = np.argsort(np.argsort(scores.targets, kind="stable")) // 10
    alone = with_intervals(measure, np.arange(300), replicates=300, seed=1)["share"]
    together = with_intervals(measure, sorted_into_lesions, replicates=300, seed=1)["share"]
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_share_that_no_draw_can_change_has_its_exact_interval():
    found = with_intervals(
        lambda weights: {"sensitivity": float(weights.sum() / weights.sum())},
        np.arange(20),
        replicates=50,
        seed=1,
    )["sensitivity"]
    # The rule of three: 3/20 is a little below what the exact interval says.
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 20), abs=1e-5)


@pytest.mark.parametrize("of_class", [np.arange(61) < 60, np.arange(61) >= 60])
def test_an_area_hangs_on_the_lesions_of_the_fewer(of_class):
    assert area_behind(np.arange(61), of_class) == (61, 1)


def test_a_share_of_photos_that_no_draw_can_change_has_the_interval_of_its_lesions():
    found = with_intervals(
        lambda weights: {"sensitivity": float(weights.sum() / weights.sum())},
        np.repeat(np.arange(5), 4),
        replicates=50,
        seed=1,
    )["sensitivity"]
    assert found.n == 20
    assert found.low == pytest.approx(0.025 ** (1 / 5), abs=1e-5)
