from __future__ import annotations

from dataclasses import replace

import pytest

from skinapp.domain.assessment import assess
from skinapp.domain.lesions import HAM10000
from skinapp.domain.quality import QualityFinding, QualityProblem
from skinapp.domain.trust import Novelty, SetRule
from skinapp.web.presenters.advice import advice_words
from skinapp.web.presenters.quality import finding_words, findings_summary
from skinapp.web.presenters.result import present_result
from tests.cast import (
    RULES,
    SURE_MELANOMA,
    SURE_NEVUS,
    UNSURE,
    a_case,
    a_prediction,
    an_assessment,
)

BENIGN_BUT_SUSPICIOUS = {"nv": 0.7, "mel": 0.22, "bkl": 0.08}


def _present(by_code, **changes):
    return present_result(replace(a_case(by_code), **changes), 30)


def test_bars_are_sorted_from_the_most_probable():
    bars = _present(UNSURE).bars
    assert [bar.code for bar in bars[:3]] == ["bkl", "mel", "nv"]
    assert len(bars) == 7


def test_sure_result_names_one_class():
    page = _present(SURE_MELANOMA)
    assert page.verdict.heading == "Melanoma"
    assert [bar.code for bar in page.named] == ["mel"]


def test_unsure_result_names_the_candidates():
    page = _present(UNSURE)
    assert page.verdict.heading == "The model is unsure"
    assert [bar.code for bar in page.named] == ["bkl", "mel", "nv"]
    assert "79\N{NO-BREAK SPACE}%" in page.verdict.explanation


def test_time_is_given_in_utc():
    assert _present(SURE_NEVUS).created == "4 May 2026, 12:00 UTC"


def test_frame_on_the_map_is_explained():
    assert "thin frame" in _present(SURE_NEVUS).maps_text


def test_square_photo_has_no_frame_to_explain():
    assert "frame" not in _present(SURE_NEVUS, photo_width_px=450).maps_text


@pytest.mark.parametrize(
    ("candidates", "words"), [(("nv",), "are close"), (("nv", "mel"), "are both candidates")]
)
def test_second_map_says_why_it_is_there(candidates, words):
    case = a_case({"nv": 0.6, "mel": 0.35, "bkl": 0.05})
    named = tuple(each for each in HAM10000 if each.code in candidates)
    assessment = replace(case.assessment, candidates=named)
    text = present_result(replace(case, assessment=assessment), 30).maps_text
    assert text.startswith(f"The first two types {words}, so each has its map")


def test_map_of_all_types_alike_claims_no_evidence_for_one():
    case = a_case(SURE_MELANOMA)
    prediction = replace(case.assessment.prediction, runner_up_map=None)
    page = present_result(
        replace(case, assessment=replace(case.assessment, prediction=prediction, rival=None)), 30
    )
    told = " ".join((page.maps_text, page.maps[0].alt, page.maps[0].caption))
    assert "where the model looked" in told
    assert "Melanoma" not in told
    assert "evidence" not in told


@pytest.mark.parametrize(
    ("second_map", "words"),
    [(True, ("little evidence", "most evidence")), (False, ("looked little", "looked most"))],
)
def test_legend_goes_from_the_weakest_colour_of_the_map_to_the_strongest(second_map, words):
    case = a_case(SURE_NEVUS)
    if not second_map:
        alone = replace(case.assessment.prediction, runner_up_map=None)
        case = replace(case, assessment=replace(case.assessment, prediction=alone, rival=None))
    legend = present_result(case, 30).legend
    assert (legend.weak, legend.strong) == words
    assert legend.stops[0] == ("0%", "#000000", "0.00")
    assert legend.stops[-1] == ("100%", "#fcfdbf", "0.62")


def test_suspicious_lesion_is_to_be_examined_further():
    words = advice_words(an_assessment(SURE_MELANOMA))
    assert words.tone == "suspicious"
    assert "examine the lesion further, or refer" in words.text


def test_benign_verdict_with_suspicion_is_explained():
    words = advice_words(an_assessment(BENIGN_BUT_SUSPICIOUS))
    assert "most likely type is benign, but" in words.text


def test_low_score_does_not_exclude_cancer():
    words = advice_words(an_assessment(SURE_NEVUS))
    assert (words.tone, words.icon) == ("calm", "below")
    assert (
        "does not exclude cancer: on the photos by which the threshold was chosen, about 5 of 100 "
        "photos of malignant lesions stayed below"
    ) in words.text


def test_low_score_is_not_calm_where_melanoma_is_named():
    rules = replace(RULES, sets=(SetRule(0.9, (0.05,) * 7),))
    prediction = a_prediction({"nv": 0.85, "mel": 0.12, "bkl": 0.03})
    words = advice_words(assess(prediction, rules, ()))
    assert words.heading == "Not flagged as suspicious"
    assert words.tone == "open"


@pytest.mark.parametrize("codes", [{"leaves": ()}, {}])
def test_actinic_keratosis_is_told_to_count_with_or_without_leaves(codes):
    case = a_case()
    prediction = replace(case.assessment.prediction, **codes)
    assessment = replace(case.assessment, prediction=prediction)
    page = present_result(replace(case, assessment=assessment), 30)
    assert "Actinic keratosis counts as malignant" in page.counted_note


def test_complete_sensitivity_is_no_promise():
    assessment = an_assessment(SURE_NEVUS)
    perfect = replace(assessment.operating_point, sensitivity=1.0)
    words = advice_words(replace(assessment, operating_point=perfect))
    assert "is no promise" in words.text


def test_advice_says_what_was_measured_where():
    measured = advice_words(an_assessment()).measured
    for words in ("95.1", "78.2", "1,200 images", "validation part of HAM10000"):
        assert words in measured


@pytest.mark.parametrize("problem", QualityProblem)
def test_every_quality_problem_has_words(problem):
    words = finding_words(QualityFinding(problem, 1.0, 2.0))
    assert words.heading
    assert words.text


@pytest.mark.parametrize(
    ("count", "words"), [(0, ""), (1, "1 problem was found"), (3, "3 problems were found")]
)
def test_findings_are_summed_up(count, words):
    assert words in findings_summary(count)
    assert bool(findings_summary(count)) == bool(count)


def test_a_photo_that_was_not_recognised_is_told_nothing_of_a_lesion():
    findings = tuple(QualityFinding(problem, 0.5, 0.1) for problem in QualityProblem)
    case = a_case()
    strange = replace(case.assessment, novelty=Novelty(2.0, 1.0), findings=findings)
    page = present_result(replace(case, assessment=strange), 30)
    assert len(page.findings) == len(QualityProblem) - 2
    assert not any("lesion" in f"{each.heading} {each.text}".lower() for each in page.findings)
    assert page.findings_summary == "5 problems with the photo may be the reason."
    assert page.findings_heading == "What may be wrong with the photo"
