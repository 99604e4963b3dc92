"""The model page's tables."""

import pytest

from skinapp.domain.engine import EngineReport
from skinapp.model.trust_entries import PredictionSetEntry
from skinapp.web.figures import FigureShelf
from skinapp.web.presenters.model import present_model
from tests.cast import a_card, a_rarity


def test_sets_of_other_clinics_stand_below_the_home_set():
    card = a_card()
    others = {"isic2019_msk": {"training": 1605, "test": 629}}
    training = card.training.model_copy(update={"other_images": others})
    engine = EngineReport("torch", "2", "float32", "asked for")
    page = present_model(card.model_copy(update={"training": training}), FigureShelf(), engine)
    assert page.splits[-2:] == (
        ("Other clinics: training", "1,605", "–"),
        ("Other clinics: test", "629", "–"),
    )


def test_page_tells_how_sure_it_is_that_thresholds_hold_for_new_lesions():
    points = a_card().operating_points
    sure = {
        f"malignant_{least}": points["malignant_95"].model_copy(update={"confidence": confidence})
        for least, confidence in ((90, 0.9345), (95, 0.9082), (98, 0.92))
    }
    engine = EngineReport("torch", "2", "float32", "asked for")
    card = a_card().model_copy(update={"operating_points": sure})
    words = present_model(card, FigureShelf(), engine).confidence
    assert "with a confidence of at least 90.8\N{NO-BREAK SPACE}%, or a little less" in words
    of_old = a_card().model_copy(update={"operating_points": sure | points})
    assert present_model(of_old, FigureShelf(), engine).confidence == ""


def test_page_tells_that_too_few_lesions_promise_little():
    point = a_card().operating_points["malignant_95"].model_copy(update={"confidence": 0.1426})
    card = a_card().model_copy(update={"operating_points": {"malignant_95": point}})
    engine = EngineReport("torch", "2", "float32", "asked for")
    words = present_model(card, FigureShelf(), engine).confidence
    assert words.startswith("There were too few malignant lesions")
    assert "no more than 14.3\N{NO-BREAK SPACE}% certain" in words


@pytest.mark.parametrize("exponent", [0.0, 0.5])
def test_page_tells_of_rarity_only_where_it_counts(exponent):
    rarity = a_rarity(calibration=exponent, naming=exponent)
    engine = EngineReport("torch", "2", "float32", "asked for")
    page = present_model(a_card().model_copy(update={"rarity": rarity}), FigureShelf(), engine)
    told = exponent > 0
    assert ("and the types’ shares" in dict(page.facts)["Calibration"]) is told
    assert (bool(page.prior), bool(page.naming)) == (told, told)


def test_page_tells_on_which_card_the_network_is_computed():
    engine = EngineReport("torch", "2", "bfloat16", "asked for", "cuda (NVIDIA L4)")
    facts = dict(present_model(a_card(), FigureShelf(), engine).facts)
    assert facts["Computed by"] == "PyTorch 2 on cuda (NVIDIA L4) in bfloat16: asked for"


def test_page_tells_that_the_figures_are_those_of_one_view():
    engine = EngineReport("torch", "2", "float32", "asked for", views=8)
    facts = dict(present_model(a_card(), FigureShelf(), engine).facts)
    assert "mean over 8 turned or mirrored views" in facts["Computed by"]
    assert "figures below are those of one" in facts["Computed by"]


def test_page_tells_which_types_the_sets_keep_with_a_margin():
    card = a_card()
    least = PredictionSetEntry(
        level=0.9,
        least_probabilities=dict.fromkeys((label.code for label in card.labels), 0.1),
        measured_on="drawn",
        images=500,
    )
    engine = EngineReport("torch", "2", "float32", "asked for")

    def words(confidence: dict[str, float]) -> str:
        entry = least.model_copy(update={"confidence": confidence})
        told = card.model_copy(update={"prediction_sets": (entry,)})
        return present_model(told, FigureShelf(), engine).certainty

    assert "confidence" not in words({})
    some = words({"mel": 0.95, "bcc": 0.912})
    assert "for basal cell carcinoma and melanoma it is so low that new lesions" in some
    assert "with a confidence of at least 91.2\N{NO-BREAK SPACE}% each, or a little less" in some
    few = "There were too few lesions of actinic keratosis or squamous cell carcinoma for that."
    assert few in some
    assert "too few lesions of" not in words({"mel": 0.95, "bcc": 0.9, "akiec": 0.9})


@pytest.mark.parametrize("constant", [False, True])
def test_page_tells_where_the_network_sees_white_light(constant):
    shape = a_card().input.model_copy(update={"colour_constancy": constant})
    card = a_card().model_copy(update={"input": shape})
    engine = EngineReport("torch", "2", "float32", "asked for")
    facts = dict(present_model(card, FigureShelf(), engine).facts)
    assert ("the colour of the light taken out" in facts["Sees"]) is constant
