"""What somebody reads who asks whether to refer."""

from __future__ import annotations

from dataclasses import replace

from skinapp.domain.trust import Novelty
from skinapp.web.presenters.triage import triage_words
from tests.cast import OPERATING_POINT, SURE_MELANOMA, SURE_NEVUS, UNSURE, an_assessment

SPACE = "\N{NO-BREAK SPACE}"


def test_referral_is_advised_with_the_number_and_the_threshold():
    words = triage_words(an_assessment(SURE_MELANOMA))
    assert words.heading == "Refer: suspicious for malignancy"
    assert f"This reaches the threshold of 20{SPACE}%" in words.reason
    assert words.parts_heading == f"What makes up the 86{SPACE}%"
    assert (
        "on the photos by which the threshold was chosen, about 22 of 100 photos of benign lesions"
        in words.caution
    )


def test_no_referral_does_not_exclude_cancer():
    words = triage_words(an_assessment(SURE_NEVUS))
    assert words.heading == "Below the referral threshold"
    assert f"This is below the threshold of 20{SPACE}%" in words.reason
    assert "about 5 of 100 photos of malignant lesions stayed below" in words.caution
    assert "Refer all the same where history" in words.caution


def test_number_is_the_sum_of_malignant_leaves_the_likeliest_first():
    assert triage_words(an_assessment(UNSURE)).parts == (
        ("Melanoma", f"27{SPACE}%"),
        ("Basal cell carcinoma", f"8{SPACE}%"),
        ("Actinic keratosis", f"8{SPACE}%"),
        ("Squamous cell carcinoma", f"2{SPACE}%"),
    )


def test_model_without_leaves_sums_up_its_classes():
    assessment = an_assessment(UNSURE)
    plain = replace(assessment, prediction=replace(assessment.prediction, leaves=()))
    assert [name for name, _ in triage_words(plain).parts] == [
        "Melanoma",
        "Actinic keratosis or squamous cell carcinoma",
        "Basal cell carcinoma",
    ]


def test_types_are_the_likeliest_one_several_or_a_guess():
    strange = replace(an_assessment(SURE_NEVUS), novelty=Novelty(2.0, 1.0))
    assert [triage_words(each).types for each in (an_assessment(SURE_NEVUS), strange)] == [
        f"Most likely lesion type: melanocytic nevus (95{SPACE}%)",
        "Lesion types, a guess: melanocytic nevus",
    ]
    assert triage_words(an_assessment(UNSURE)).types == "Lesion types: the model is unsure"


def test_rates_of_the_point_have_their_intervals():
    point = replace(
        OPERATING_POINT, sensitivity_interval=(0.92, 0.97), specificity_interval=(0.75, 0.81)
    )
    words = triage_words(replace(an_assessment(), operating_point=point))
    assert [(rate.name, rate.value, rate.range) for rate in words.rates] == [
        ("Sensitivity", f"95.1{SPACE}%", f"92.0{SPACE}% to 97.0{SPACE}%"),
        ("Specificity", f"78.2{SPACE}%", f"75.0{SPACE}% to 81.0{SPACE}%"),
    ]
    assert words.measured.endswith(f"In brackets: 95{SPACE}% intervals.")


def test_predictive_values_stand_where_the_prevalence_is_known():
    words = triage_words(an_assessment(), 0.05)
    assert [rate.name for rate in words.rates[2:]] == [
        "Positive predictive value",
        "Negative predictive value",
    ]
    assert (words.rates[2].value, words.rates[2].range) == (f"18.7{SPACE}%", "")
    assert f"where 5.0{SPACE}% of the lesions are malignant" in words.clinic


def test_without_a_prevalence_it_says_why_predictive_values_are_missing():
    assert "how common malignant ones are where you work" in triage_words(an_assessment()).clinic


def test_threshold_without_false_alarms_is_no_diagnosis_all_the_same():
    assessment = an_assessment(SURE_MELANOMA)
    point = replace(assessment.operating_point, specificity=1.0)
    words = triage_words(replace(assessment, operating_point=point))
    assert words.caution == "It is no diagnosis."
