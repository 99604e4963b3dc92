"""The model page's tables."""

from skinapp.domain.engine import EngineReport
from skinapp.web.figures import FigureShelf
from skinapp.web.presenters.model import present_model
from tests.cast import a_card


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


def test_page_tells_on_which_card_the_network_is_computed():
    engine = EngineReport("torch", "2", "bfloat16", "asked for", "cuda (NVIDIA L4)")
    facts = dict(present_model(a_card(), FigureShelf(), engine).facts)
    assert facts["Computed by"] == "PyTorch 2 on cuda (NVIDIA L4) in bfloat16: asked for"


def test_page_tells_that_the_figures_are_those_of_one_view():
    engine = EngineReport("torch", "2", "float32", "asked for", views=8)
    facts = dict(present_model(a_card(), FigureShelf(), engine).facts)
    assert "mean over 8 turned or mirrored views" in facts["Computed by"]
    assert "figures below are those of one" in facts["Computed by"]
