"""Prediction sets keep their promise on images that had no part in the calibration."""

from dataclasses import replace

import numpy as np
import pytest

from skinapp.evaluation.conformal import calibrate, calibrate_levels
from skinapp.evaluation.coverage import measure_sets, members
from skinapp.evaluation.metrics import Scores
from tests.cast import a_card

CARD = a_card()
CODES = [label.code for label in CARD.labels]


def simulated(n, seed, temperature=1.0):
    """Seven classes of unequal frequency and a model that knows them more or less."""
    rng = np.random.default_rng(seed)
    targets = rng.choice(7, size=n, p=[0.05, 0.08, 0.12, 0.03, 0.15, 0.52, 0.05])
    logits = (rng.normal(size=(n, 7)) + 2.0 * np.eye(7)[targets]) / temperature
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Scores(targets, probabilities, np.zeros(7, dtype=bool), np.arange(n))


@pytest.fixture(scope="module")
def found():
    calibration = simulated(6000, 1)
    entries = tuple(
        calibrate(calibration, CARD, level, measured_on="drawn") for level in (0.90, 0.95)
    )
    card = CARD.model_copy(update={"prediction_sets": entries})
    return measure_sets(simulated(6000, 2), card, replicates=50, seed=3)


def test_every_class_is_covered_at_its_level(found):
    for metrics in found:
        assert set(metrics.per_class) == set(CODES)
        for coverage in metrics.per_class.values():
            assert coverage.low <= metrics.level + 0.02
            assert coverage.value > metrics.level - 0.05


def test_higher_level_has_larger_sets_and_fewer_of_one(found):
    ninety, ninety_five = found
    assert 1.0 <= ninety.mean_size.value < ninety_five.mean_size.value
    assert ninety.single.value > ninety_five.single.value


def test_coverage_is_less_certain_where_photos_of_a_lesion_go_together():
    scores = simulated(700, 6)
    sets = (calibrate(scores, CARD, 0.9, measured_on="drawn"),)
    card = CARD.model_copy(update={"prediction_sets": sets})
    own = scores.probabilities[np.arange(700), scores.targets]
    together = replace(scores, groups=np.argsort(np.argsort(own)) // 10)
    found = [
        measure_sets(each, card, replicates=200, seed=3)[0].coverage for each in (scores, together)
    ]
    narrow, wide = (one.high - one.low for one in found)
    assert wide > 1.3 * narrow
    assert [one.value for one in found] == [found[0].value] * 2


def test_coverage_holds_even_for_a_model_that_is_overconfident():
    card = CARD.model_copy(
        update={
            "prediction_sets": (calibrate(simulated(6000, 4, 0.3), CARD, 0.9, measured_on="drawn"),)
        }
    )
    (metrics,) = measure_sets(simulated(6000, 5, 0.3), card, replicates=20, seed=3)
    assert metrics.coverage.value == pytest.approx(0.9, abs=0.02)


def test_bound_is_the_probability_at_the_rank_that_the_level_asks_for():
    own = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.95])
    probabilities = np.stack([own, 1 - own, *np.zeros((5, 10))], axis=1)
    scores = Scores(np.zeros(10, dtype=np.int64), probabilities, np.zeros(7, bool), np.arange(10))
    # Of 10 images, the one at rank ceil(11 * 0.8) = 9 from the top.
    entry = calibrate(scores, CARD, 0.8, measured_on="drawn")
    assert entry.least_probabilities[CODES[0]] == pytest.approx(0.2, abs=1e-5)


def of_one_class(own, lesions, *, malignant):
    """Images of the first class, to which a model gives these probabilities."""
    probabilities = np.stack([own, 1 - own, *np.zeros((5, len(own)))], axis=1)
    flags = np.arange(7) == (0 if malignant else 1)
    return Scores(np.zeros(len(own), dtype=np.int64), probabilities, flags, lesions)


def test_malignant_class_keeps_its_level_on_new_lesions_in_nine_of_ten_choices():
    rng = np.random.default_rng(12)
    for malignant, least_often, most_often in ((True, 0.9, 0.97), (False, 0.4, 0.65)):
        # Probabilities are even from 0 to 1: a set keeps all new lesions but its bound's share.
        bounds = [
            calibrate(
                of_one_class(rng.random(60), np.arange(60), malignant=malignant),
                CARD,
                0.9,
                measured_on="drawn",
            ).least_probabilities[CODES[0]]
            for _ in range(1000)
        ]
        assert least_often <= np.mean(1 - np.array(bounds) >= 0.9) <= most_often


def test_entry_says_of_which_classes_and_how_surely_the_level_is_kept():
    own = np.linspace(0.01, 0.99, 60)
    kept = [
        calibrate(
            of_one_class(own, np.arange(60), malignant=malignant), CARD, 0.9, measured_on="drawn"
        ).confidence
        for malignant in (True, False)
    ]
    # Of 60 lesions two may be missed: 1 - 0.9^60 - 60 * 0.1 * 0.9^59 - 1770 * 0.01 * 0.9^58.
    assert kept == [{CODES[0]: pytest.approx(0.947, abs=1e-3)}, {}]


def test_photos_of_one_malignant_lesion_share_its_one_vote():
    own = np.linspace(0.01, 0.99, 60)
    # Of 40 lesions one may be missed.  The two worst photos are half of one lesion's four, the next
    # is half of another's two: together one vote.  The rank would be the sixth from below.
    lesions = np.array([0, 0, 1, 2, *range(3, 40), *range(3, 19), 0, 0, 1])
    entry = calibrate(of_one_class(own, lesions, malignant=True), CARD, 0.9, measured_on="drawn")
    assert entry.least_probabilities[CODES[0]] == pytest.approx(own[3], abs=1e-5)


def test_margin_never_lifts_a_bound_above_its_rank():
    own = np.linspace(0.01, 0.99, 60)
    # The worst ten photos are of one lesion, which may be missed.
    lesions = np.array([*[0] * 10, *range(1, 51)])
    entry = calibrate(of_one_class(own, lesions, malignant=True), CARD, 0.9, measured_on="drawn")
    assert entry.least_probabilities[CODES[0]] == pytest.approx(own[5], abs=1e-5)


def test_malignant_class_with_too_few_lesions_for_a_margin_keeps_its_rank():
    own = np.linspace(0.01, 0.99, 40)
    # Each lesion has two photos: of twenty none at all could be missed with nine chances in ten.
    entry = calibrate(
        of_one_class(own, np.arange(40) // 2, malignant=True), CARD, 0.9, measured_on="drawn"
    )
    assert entry.confidence == {}
    assert entry.least_probabilities[CODES[0]] == pytest.approx(own[3], abs=1e-5)


def test_sets_of_a_higher_level_hold_all_that_those_of_a_lower_one_do():
    own = np.linspace(0.01, 0.99, 40)
    # Thirty lesions have a margin at 90 %, and none at 95 %: there the rank is the second photo.
    scores = of_one_class(own, np.arange(40) % 30, malignant=True)
    low, high = calibrate_levels(scores, CARD, measured_on="drawn")
    alone = calibrate(scores, CARD, high.level, measured_on="drawn")
    bounds = [each.least_probabilities[CODES[0]] for each in (alone, low, high)]
    assert [low.level, high.level] == [0.90, 0.95]
    assert bounds == pytest.approx([own[1], own[0], own[0]], abs=1e-5)


def test_class_with_too_few_images_always_remains_possible():
    few = simulated(10, 6)
    assert set(calibrate(few, CARD, 0.95, measured_on="drawn").least_probabilities.values()) == {0}


def test_rare_class_shares_the_bound_of_all_images():
    common = np.linspace(0.5, 1.0, 200)
    own = np.concatenate([common, [0.01, 0.9]])
    targets = np.array([0] * 200 + [1] * 2)
    probabilities = np.zeros((202, 7))
    probabilities[np.arange(202), targets] = own
    scores = Scores(targets, probabilities, np.zeros(7, bool), np.arange(202))
    bounds = calibrate(scores, CARD, 0.9, measured_on="drawn").least_probabilities
    assert bounds[CODES[1]] == pytest.approx(0.54, abs=0.01)
    assert bounds[CODES[0]] == pytest.approx(0.55, abs=0.01)


def test_sets_are_those_that_the_domain_draws_up():
    scores = simulated(40, 7)
    entry = calibrate(simulated(500, 8), CARD, 0.9, measured_on="drawn")
    rule = entry.rule(CODES)
    inside = members(scores.probabilities, entry, CARD)
    for row, probabilities in zip(inside, scores.probabilities, strict=True):
        prediction = type("P", (), {})
        prediction.labels = CARD.lesions
        prediction.ranked = sorted(
            zip(CARD.lesions, probabilities, strict=True), key=lambda pair: -pair[1]
        )
        drawn_up = {lesion.code for lesion in rule.apply(prediction).lesions}
        assert drawn_up == {code for code, member in zip(CODES, row, strict=True) if member}
