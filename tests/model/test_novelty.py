"""Distances of the novelty score, against the formula written out."""

import numpy as np
import pytest

from skinapp.model.novelty import Evidence, NoveltyScorer

CHANNELS, DIRECTIONS, CLASSES, PICTURES = 12, 4, 3, 5


@pytest.fixture
def numbers():
    return np.random.default_rng(7)


@pytest.fixture
def statistics(numbers):
    basis, _ = np.linalg.qr(numbers.normal(size=(CHANNELS, DIRECTIONS)))
    return {
        "classes.basis": basis.T.astype(np.float32),
        "classes.variances": numbers.uniform(1, 4, DIRECTIONS).astype(np.float32),
        "classes.rest_variance": np.array([0.5], np.float32),
        "classes.unit": numbers.uniform(0.5, 2, CHANNELS).astype(np.float32),
        "classes.centres": numbers.normal(size=(CLASSES, CHANNELS)).astype(np.float32),
        "scale.mahalanobis": np.array([0.0, 1.0], np.float32),
    }


def test_score_is_the_distance_to_the_nearest_class_under_the_whole_covariance(numbers, statistics):
    embeddings = numbers.normal(size=(PICTURES, CHANNELS)).astype(np.float32)
    basis = statistics["classes.basis"].astype(float)
    along = basis.T @ np.diag(statistics["classes.variances"]) @ basis
    covariance = along + 0.5 * (np.eye(CHANNELS) - basis.T @ basis)
    scaled = embeddings / statistics["classes.unit"]
    distances = [
        [away @ np.linalg.solve(covariance, away) for away in point - statistics["classes.centres"]]
        for point in scaled
    ]
    evidence = Evidence(embeddings, np.zeros((PICTURES, 2)), np.zeros((PICTURES, 41)))
    found = NoveltyScorer(["mahalanobis"], statistics).score(evidence)
    assert found == pytest.approx(np.log(np.min(distances, axis=1)), rel=1e-4)


def test_exposure_is_linear_in_the_places_along_the_main_directions(numbers, statistics):
    embeddings = numbers.normal(size=(PICTURES, CHANNELS)).astype(np.float32)
    learned = {
        "exposure.weights": numbers.normal(size=DIRECTIONS).astype(np.float32),
        "exposure.bias": np.array([0.25], np.float32),
        "scale.exposure": np.array([0.0, 1.0], np.float32),
    }
    deviations = np.sqrt(statistics["classes.variances"])
    middle = statistics["classes.centres"].mean(axis=0)
    # Far away along the first direction: six deviations count.
    beyond = 90 * deviations[0] * statistics["classes.basis"][0]
    embeddings[0] = (middle + beyond) * statistics["classes.unit"]
    places = (embeddings / statistics["classes.unit"] - middle) @ statistics["classes.basis"].T
    expected = (places / deviations) @ learned["exposure.weights"] + 0.25
    expected[0] = 6 * learned["exposure.weights"][0] + 0.25
    evidence = Evidence(embeddings, np.zeros((PICTURES, 2)), np.zeros((PICTURES, 41)))
    found = NoveltyScorer(["exposure"], statistics | learned).score(evidence)
    assert found == pytest.approx(expected, abs=1e-4)


def test_statistics_kept_at_half_precision_give_nearly_the_same_score(numbers, statistics):
    embeddings = numbers.normal(size=(PICTURES, CHANNELS)).astype(np.float32)
    evidence = Evidence(embeddings, np.zeros((PICTURES, 2)), np.zeros((PICTURES, 41)))
    halved = statistics | {"classes.basis": statistics["classes.basis"].astype(np.float16)}
    found, exact = (
        NoveltyScorer(["mahalanobis"], each).score(evidence) for each in (halved, statistics)
    )
    assert found == pytest.approx(exact, abs=0.01)
