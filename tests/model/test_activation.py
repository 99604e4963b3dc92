"""What counts as evidence in the class-activation map."""

import numpy as np
import pytest

from skinapp.model.activation import class_activation_map, places_of_a_bias

CHANNELS = 16


@pytest.fixture
def features():
    return np.random.default_rng(2).uniform(0.5, 1.0, (CHANNELS, 9, 9)).astype(np.float32)


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 1), (8, 4), (4, 7)])
def test_place_at_the_frame_many_times_as_strong_as_the_others_is_a_bias(features, place):
    features[:, *place] *= 20
    found = places_of_a_bias(features)
    assert found[place]
    assert found.sum() == 1


def test_strong_evidence_in_the_middle_is_evidence(features):
    features[:, 4, 5] *= 20
    assert not places_of_a_bias(features).any()


def test_lesion_that_is_cut_off_by_the_frame_is_evidence(features):
    features[:, 3:6, 0] *= 4
    assert not places_of_a_bias(features).any()


def test_few_places_have_no_rim(features):
    few = features[:, :3, :3].copy()
    few[:, 0, 0] *= 20
    assert not places_of_a_bias(few).any()


def test_brightest_place_is_the_strongest_evidence_beside_the_bias(features):
    features[:, 0, 0] *= 20
    features[:, 4, 5] *= 2
    weights = np.ones(CHANNELS, np.float32)
    lit = class_activation_map(features, weights, places_of_a_bias(features))
    values = np.array(lit.values).reshape(9, 9)
    assert values[0, 0] == 0.0
    assert values.argmax() == 4 * 9 + 5
    assert class_activation_map(features, weights).values[0] == 1.0
