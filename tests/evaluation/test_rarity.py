"""What rarity changes is fitted on one part, and holds on another."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinapp.domain.assessment import assess
from skinapp.evaluation.choose import balanced_accuracy, log_loss
from skinapp.evaluation.conformal import calibrate
from skinapp.evaluation.coverage import measure_sets
from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.evaluation.metrics import Scores, overall_metrics
from skinapp.evaluation.naming import named_classes
from skinapp.evaluation.rarity import choose_naming_exponent, choose_rarity, shares_of
from skinapp.evaluation.report import measure
from skinapp.model.calibration import Calibration
from tests.cast import RULES, a_card, a_prediction

CARD = a_card()
CODES = [label.code for label in CARD.labels]
SHARES = np.array([0.05, 0.08, 0.12, 0.01, 0.15, 0.54, 0.05])
LEARNED = [code for code, share in zip(CODES, SHARES, strict=True) for _ in range(int(share * 100))]


def simulated(n, seed, *, drawn_by=1.0, temperature=1.0):
    """Class indices of ``n`` images, and the logits of a network that was trained perfectly.

    In training it saw images of a class in proportion to its share to the power of ``drawn_by``.
    """
    rng = np.random.default_rng(seed)
    targets = rng.choice(7, size=n, p=SHARES)
    seen = rng.normal(size=(n, 7)) + 1.5 * np.eye(7)[targets]
    logits = 1.5 * seen + drawn_by * np.log(SHARES)
    return targets, (temperature * logits).astype(np.float32)


def scores_of(targets, logits, card):
    probabilities = card.calibration.probabilities(logits)
    malignant = np.array([label.malignant for label in card.labels])
    groups = np.arange(len(targets))
    return Scores(
        targets, probabilities, malignant, groups, names=named_classes(probabilities, card)
    )


@pytest.fixture(scope="module")
def rare_card():
    """A card with all that follows from rarity, for a network that saw classes more evenly."""
    targets, logits = simulated(6000, 1, drawn_by=0.5, temperature=1.3)
    temperature, rarity = choose_rarity(logits, targets, CARD, LEARNED, measured_on="drawn")
    card = CARD.model_copy(update={"temperature": temperature, "rarity": rarity})
    known = Scores(
        targets, card.calibration.probabilities(logits), np.zeros(7, bool), np.arange(6000)
    )
    sets = tuple(calibrate(known, card, level, measured_on="drawn") for level in (0.95, 0.9))
    return card.model_copy(update={"prediction_sets": sets})


def test_calibration_takes_back_how_often_classes_were_drawn(rare_card):
    assert rare_card.temperature == pytest.approx(1.3, rel=0.1)
    assert rare_card.rarity.calibration_exponent == pytest.approx(0.5, abs=0.1)


def test_nothing_is_taken_back_where_classes_were_drawn_as_they_occur():
    targets, logits = simulated(6000, 1)
    _, rarity = choose_rarity(logits, targets, CARD, LEARNED, measured_on="drawn")
    assert rarity.calibration_exponent < 0.1


def test_probabilities_of_new_images_are_truer_than_by_a_temperature(rare_card):
    targets, logits = simulated(6000, 2, drawn_by=0.5, temperature=1.3)
    by_temperature = Calibration(1.3).probabilities(logits)
    ours = rare_card.calibration.probabilities(logits)
    assert log_loss(ours, targets) < log_loss(by_temperature, targets) - 0.02


def test_rarity_counts_in_full_in_a_name_where_probabilities_are_true():
    targets, logits = simulated(6000, 1)
    probabilities = Calibration(1.0).probabilities(logits)
    assert choose_naming_exponent(probabilities, targets, SHARES) > 0.9


def test_rarity_does_not_count_where_probabilities_are_those_of_a_balanced_world():
    targets, logits = simulated(6000, 1, drawn_by=0.0)
    probabilities = Calibration(1.0).probabilities(logits)
    assert choose_naming_exponent(probabilities, targets, SHARES) < 0.1


def test_shares_are_those_of_the_training_images():
    assert list(shares_of(CARD, LEARNED).values()) == pytest.approx(SHARES)


def test_class_that_was_never_learned_is_not_named_for_being_rare():
    learned = [code for code in LEARNED if code != "vasc"]
    shares = shares_of(CARD, learned)
    assert shares["vasc"] == shares["nv"] == max(shares.values())


def test_rarity_can_not_be_fitted_without_training_images():
    with pytest.raises(LabelsUnreadable, match="no image in part 'training'"):
        shares_of(CARD, [])


def test_names_lift_the_balanced_accuracy_of_new_images(rare_card):
    targets, logits = simulated(6000, 3, drawn_by=0.5, temperature=1.3)
    named = scores_of(targets, logits, rare_card)
    ones = np.ones(6000)
    after = overall_metrics(named, ones)["balanced_accuracy"]
    before = overall_metrics(replace(named, names=None), ones)["balanced_accuracy"]
    assert before == pytest.approx(balanced_accuracy(named.probabilities, targets))
    assert after > before + 0.05


def test_names_change_neither_areas_nor_calibration(rare_card):
    named = scores_of(*simulated(2000, 3), rare_card)
    after, before = (
        overall_metrics(each, np.ones(2000)) for each in (named, replace(named, names=None))
    )
    for metric in ("macro_auroc", "expected_calibration_error"):
        assert after[metric] == before[metric]


def test_sets_keep_a_class_that_is_too_rare_to_have_a_bound_of_its_own(rare_card):
    calibration, fresh = (simulated(n, n, drawn_by=0.5) for n in (1500, 20000))
    rarity = rare_card.rarity.model_copy(update={"naming_exponent": 0.0})
    kept = []
    for rules in (rare_card.model_copy(update={"rarity": rarity}), rare_card):
        sets = (calibrate(scores_of(*calibration, rules), rules, 0.9, measured_on="drawn"),)
        card = rules.model_copy(update={"prediction_sets": sets})
        (found,) = measure_sets(scores_of(*fresh, card), card, replicates=20, seed=3)
        kept.append(found.per_class["df"].value)
    by_probability, by_rarity = kept
    assert (calibration[0] == CODES.index("df")).sum() < 30
    assert by_rarity > by_probability + 0.3


def test_confusion_matrix_and_sensitivities_go_by_the_names(rare_card):
    scores = scores_of(*simulated(2000, 4), rare_card)
    named = replace(scores, names=np.zeros(2000, dtype=np.int64))
    found = measure(named, rare_card, data="drawn", part="test")
    assert [sum(row) for row in found.confusion] == [row[0] for row in found.confusion]
    assert found.per_class["akiec"]["sensitivity"].value == 1.0
    assert found.per_class["nv"]["sensitivity"].value == 0.0


def test_model_without_rarity_in_its_card_gives_no_names():
    assert named_classes(np.full((1, 7), 1 / 7), CARD) is None


@given(st.lists(st.floats(0.001, 1.0), min_size=7, max_size=7))
def test_evaluation_names_as_the_application_does(rare_card, parts):
    by_code = {code: part / sum(parts) for code, part in zip(CODES, parts, strict=True)}
    rules = replace(rare_card.rules, operating_point=RULES.operating_point)
    assessment = assess(a_prediction(by_code), rules, ())
    row = np.array([assessment.prediction.probabilities])
    assert CODES[named_classes(row, rare_card)[0]] == rules.one_name(assessment).code
