"""Novelty, fitted on clouds of points that stand for embeddings."""

import numpy as np
import pytest

from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.evaluation.novelty_fit import CHOICES, compare, fit_statistics, needed
from skinapp.model.novelty import Evidence, score

CHANNELS, FEATURES = 40, 12
CENTRES = 4 * np.random.default_rng(9).normal(size=(3, CHANNELS))


def cloud(n, seed, away=0.0, looks=0.0):
    """Three classes in a few directions; ``away`` leaves these directions, ``looks`` the looks."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(3, size=n)
    embeddings = CENTRES[targets] + rng.normal(size=(n, CHANNELS)) + away * rng.normal(size=(n, 1))
    logits = 6 * np.eye(3)[targets] + rng.normal(size=(n, 3))
    appearances = rng.normal(size=(n, FEATURES)) + looks
    arrays = (embeddings, logits, appearances)
    return Evidence(*(values.astype(np.float32) for values in arrays)), targets


@pytest.fixture(scope="module")
def statistics():
    known, targets = cloud(600, 1)
    validation, _ = cloud(400, 2)
    foreign, _ = cloud(60, 8, away=4.0)
    return fit_statistics(known, targets, known.appearances, validation, foreign, seed=0)


def test_every_choice_of_measures_is_compared(statistics):
    foreign, _ = cloud(100, 4, away=4.0, looks=2.0)
    kinds = ["chart", "cat"] * 50
    found = compare(statistics, cloud(600, 1)[0], cloud(200, 3)[0], foreign, kinds)
    assert set(found) == set(CHOICES)
    assert found["mahalanobis", "looks"] > 0.99


def beside(direction, n, seed):
    """Pictures that lie where the known ones do, but for one direction."""
    evidence, _ = cloud(n, seed)
    away = 5.0 * np.eye(CHANNELS, dtype=np.float32)[direction]
    return evidence._replace(embeddings=evidence.embeddings + away)


def test_pictures_that_lie_as_the_learned_ones_do_are_told_from_known_ones():
    known, targets = cloud(600, 1)
    foreign = beside(3, 60, 8)
    fitted = fit_statistics(known, targets, known.appearances, cloud(400, 2)[0], foreign, seed=0)
    scores = score(fitted, ("exposure",), beside(3, 200, 10))
    assert (scores > 1.0).mean() > 0.95
    assert (score(fitted, ("exposure",), cloud(200, 11)[0]) > 1.0).mean() < 0.1


def test_one_kind_of_foreign_pictures_can_not_choose(statistics):
    known, _ = cloud(600, 1)
    with pytest.raises(LabelsUnreadable, match="one kind"):
        compare(statistics, known, cloud(50, 2)[0], cloud(9, 4, away=4.0)[0], ["cat"] * 9)


def test_kinds_are_compared_by_what_was_learned_from_others():
    known, targets = cloud(600, 1)
    validation, _ = cloud(400, 2)
    # Each kind lies on the other side of the known ones than the other.
    up, down = beside(3, 60, 8), beside(3, 60, 9)
    centre = known.embeddings.mean(axis=0)
    down = down._replace(embeddings=2 * centre - down.embeddings)
    foreign = Evidence(*(np.concatenate(both) for both in zip(up, down, strict=True)))
    fitted = fit_statistics(known, targets, known.appearances, validation, foreign, seed=0)
    apart = compare(fitted, known, validation, foreign, ["up"] * 60 + ["down"] * 60)
    mixed = compare(fitted, known, validation, foreign, ["this", "that"] * 60)
    learned = ("mahalanobis", "looks", "exposure")
    assert apart[learned] < mixed[learned] - 0.02
    assert apart["mahalanobis", "looks"] == mixed["mahalanobis", "looks"]


def test_known_images_have_a_median_of_0_and_one_in_forty_above_1(statistics):
    scores = score(statistics, ("mahalanobis",), cloud(400, 2)[0])
    assert np.median(scores) == pytest.approx(0.0, abs=1e-5)
    assert (scores > 1.0).mean() == pytest.approx(0.025, abs=0.005)


def test_unseen_known_images_score_like_the_seen_ones(statistics):
    scores = score(statistics, ("mahalanobis", "looks"), cloud(2000, 5)[0])
    assert (
        scores > np.quantile(score(statistics, ("mahalanobis", "looks"), cloud(400, 2)[0]), 0.98)
    ).mean() < 0.05


@pytest.mark.parametrize("measures", CHOICES, ids="+".join)
def test_measures_give_the_same_with_what_they_need_alone(statistics, measures):
    evidence, _ = cloud(20, 6)
    expected = score(statistics, measures, evidence)
    np.testing.assert_array_equal(score(needed(statistics, measures), measures, evidence), expected)


def test_one_picture_scores_as_among_others(statistics):
    evidence, _ = cloud(20, 7)
    alone = Evidence(*(values[:1] for values in evidence))
    for measures in CHOICES:
        assert score(statistics, measures, alone)[0] == pytest.approx(
            score(statistics, measures, evidence)[0], rel=1e-3, abs=1e-3
        )
