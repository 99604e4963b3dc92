"""Rates on untouched images and at other clinics stand before those the threshold was chosen on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skinapp.model.card import Estimate
from skinapp.web.presenters.advice import advice_words
from skinapp.web.presenters.result import present_result
from skinapp.web.presenters.worth import threshold_worth
from tests.cast import (
    OPERATING_POINT,
    SURE_MELANOMA,
    SURE_NEVUS,
    a_card,
    a_case,
    a_rarity,
    an_assessment,
    some_metrics,
)

SPACE = "\N{NO-BREAK SPACE}"


def _rate(value):
    return Estimate(value=value, low=value - 0.05, high=value + 0.05, n=100)


def _measured(part, sensitivity, specificity, **more):
    metrics = some_metrics(part)
    rates = {
        "malignant_sensitivity": _rate(sensitivity),
        "malignant_specificity": _rate(specificity),
        **{name: _rate(value) for name, value in more.items()},
    }
    return metrics.model_copy(update={"overall": {**metrics.overall, **rates}})


@pytest.fixture
def card():
    plain = a_card()
    metrics = {
        **plain.metrics,
        "test": _measured("test", 0.9, 0.75, malignant_calibration_error=0.08),
        "isic2019_msk": _measured("isic2019_msk", 0.8, 0.6),
    }
    training = plain.training.model_copy(update={"other_images": {"isic2019_msk": {"test": 629}}})
    return plain.model_copy(update={"metrics": metrics, "training": training})


def test_missed_lesions_are_those_of_untouched_images_and_of_other_clinics(card):
    text = present_result(a_case(SURE_NEVUS), 30, card=card).advice.text
    assert (
        "in tests about 10 of 100 photos of malignant lesions stayed below this threshold "
        "(other clinics: about 20 of 100). Clinical judgement decides."
    ) in text


def test_false_alarms_are_told_likewise(card):
    caution = present_result(a_case(SURE_MELANOMA), 30, card=card).triage.caution
    assert (
        "in tests about 25 of 100 photos of benign lesions reached this threshold, too" in caution
    )
    assert "(other clinics: about 40 of 100)." in caution


def test_both_rates_stand_together_in_one_sentence(card):
    assert present_result(a_case(SURE_NEVUS), 30, card=card).advice.brief == (
        "In tests the model flagged about 90 of 100 malignant and about 25 of 100 benign photos; "
        "other clinics: about 80 of 100 malignant and about 40 of 100 benign."
    )
    assert present_result(a_case(SURE_NEVUS), 30).advice.brief == ""


def test_rates_and_predictive_values_are_those_of_untouched_images(card):
    page = present_result(a_case(SURE_NEVUS), 30, prevalence=0.1, card=card)
    assert [rate.value for rate in page.triage.rates[:3]] == [
        f"90.0{SPACE}%",
        f"75.0{SPACE}%",
        f"28.6{SPACE}%",
    ]
    assert f"flagged 90.0{SPACE}% of the malignant ones" in page.advice.measured
    assert "kept apart from all training and choosing" in page.advice.measured


def test_error_of_the_probability_itself_is_told(card):
    page = present_result(a_case(SURE_NEVUS), 30, card=card)
    for words in (page.advice.measured, page.triage.measured):
        assert (
            "The probability of malignancy itself is off by 8.0 percentage points on average "
            "(calibration error) on the 1,500 images, of which" in words
        )


def test_share_of_malignant_images_is_counted_on_the_untouched_ones(card):
    test = card.metrics["test"]
    counted = {
        "malignant_sensitivity": Estimate(value=0.9, low=0.85, high=0.95, n=300),
        "malignant_specificity": Estimate(value=0.75, low=0.7, high=0.8, n=1200),
    }
    test = test.model_copy(update={"overall": {**test.overall, **counted}})
    card = card.model_copy(update={"metrics": {**card.metrics, "test": test}})
    worth = threshold_worth(OPERATING_POINT, card)
    assert worth.malignant_share == pytest.approx(300 / 1500)
    assert worth.off_by_words.endswith(f"on the 1,500 images, of which 20.0{SPACE}% are malignant.")
    assert f"of which 20.0{SPACE}% are malignant, and too low" in worth.shifted_words(0.5, 0.3)


@pytest.mark.parametrize(("prevalence", "side"), [(0.01, "too high"), (0.9, "too low")])
def test_probability_is_not_said_to_be_that_of_the_clinic(card, prevalence, side):
    page = present_result(a_case(SURE_NEVUS), 30, prevalence=prevalence, card=card)
    for words in (page.advice.in_clinic, page.triage.clinic):
        assert "The probability of malignancy is not converted to that" in words
        assert f"malignant, and {side} for this clinic." in words


@pytest.fixture
def true_to_shares(card):
    """Calibrated on 300 malignant and 1,200 benign images, by shares of the types."""
    counted = {"malignant_sensitivity": 300, "malignant_specificity": 1200}
    fitted_on = some_metrics("validation")
    overall = fitted_on.overall | {
        name: Estimate(value=0.9, low=0.8, high=1.0, n=n) for name, n in counted.items()
    }
    measured = card.metrics | {"validation": fitted_on.model_copy(update={"overall": overall})}
    return card.model_copy(update={"metrics": measured, "rarity": a_rarity()})


def test_probability_that_counts_shares_is_converted_to_the_clinics(true_to_shares):
    worth = threshold_worth(OPERATING_POINT, true_to_shares)
    # One lesion in 21 is malignant: a fifth of the odds.
    words = worth.shifted_words(1 / 21, 0.5)
    assert f"for photos of which 20.0{SPACE}% are malignant." in words
    assert f"By Bayes’ rule it is 17{SPACE}% at this clinic’s share" in words


def test_converted_probability_is_not_to_be_compared_with_the_threshold(true_to_shares):
    page = present_result(a_case(SURE_MELANOMA), 30, prevalence=0.01, card=true_to_shares)
    assert page.advice.heading == "Suspicious for malignancy"
    for words in (page.advice.in_clinic, page.triage.clinic):
        assert "The threshold and the lesion types’ percentages are not converted" in words


def test_probability_is_not_converted_where_its_share_is_not_known(true_to_shares):
    measured = {k: m for k, m in true_to_shares.metrics.items() if k != "validation"}
    card = true_to_shares.model_copy(update={"metrics": measured})
    words = threshold_worth(OPERATING_POINT, card).shifted_words(0.01, 0.5)
    assert "The probability of malignancy is not converted to that" in words


def test_clinic_with_as_many_malignant_lesions_needs_no_such_words(card):
    share = threshold_worth(OPERATING_POINT, card).malignant_share
    page = present_result(a_case(SURE_NEVUS), 30, prevalence=share, card=card)
    assert "not converted" not in page.advice.in_clinic


def test_case_with_another_threshold_keeps_the_rates_it_was_made_with(card):
    other = replace(OPERATING_POINT, threshold=0.3)
    worth = threshold_worth(other, card)
    assert worth.point == other
    assert "on which this threshold was chosen" in worth.where


def test_card_without_these_figures_leaves_the_rates_of_the_threshold():
    assert threshold_worth(OPERATING_POINT, a_card()).point == OPERATING_POINT


def test_nothing_missed_elsewhere_is_no_rate(card):
    perfect = _measured("isic2019_msk", 1.0, 0.6)
    card = card.model_copy(update={"metrics": {**card.metrics, "isic2019_msk": perfect}})
    worth = threshold_worth(OPERATING_POINT, card)
    words = advice_words(an_assessment(SURE_NEVUS), worth=worth).text
    assert "(other clinics: none)." in words


def test_nothing_missed_here_does_not_hide_what_was_missed_elsewhere(card):
    perfect = _measured("test", 1.0, 1.0)
    card = card.model_copy(update={"metrics": {**card.metrics, "test": perfect}})
    page = present_result(a_case(SURE_NEVUS), 30, card=card)
    assert (
        "in tests no photos of malignant lesions stayed below this threshold "
        "(other clinics: about 20 of 100)."
    ) in page.advice.text
    flagged = present_result(a_case(SURE_MELANOMA), 30, card=card)
    assert "(other clinics: about 40 of 100)." in flagged.triage.caution
