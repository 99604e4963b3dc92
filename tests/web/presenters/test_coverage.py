"""A promise of coverage is told with what was measured of it, at home and elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skinapp.domain.assessment import assess
from skinapp.domain.lesions import LesionType
from skinapp.domain.trust import Novelty, SetRule
from skinapp.model.card import Card, Estimate, SetMetrics
from skinapp.model.trust_entries import PredictionSetEntry
from skinapp.web.presenters.coverage import coverage_note, coverage_words
from skinapp.web.presenters.result import present_result
from tests.cast import RULES, UNSURE, a_card, a_case, a_prediction, an_estimate, some_metrics
from tests.web.visitor import made_case

SPACE = "\N{NO-BREAK SPACE}"
LESIONS = a_card().lesions
SEVERAL = LESIONS[:2]
NOTE = (
    f"Measured: the true type was among those named in 91.0{SPACE}% of 1,500 images of HAM10000, "
    f"the model’s home set, and in 84.0{SPACE}% of 629 images of other clinics."
)


def sets_of(coverage: Estimate, level: float = 0.9) -> SetMetrics:
    mean_size, single = an_estimate(1.5), an_estimate(0.6)
    return SetMetrics(
        level=level, coverage=coverage, per_class={}, mean_size=mean_size, single=single
    )


def measured_card(*, elsewhere: bool = True, at_home: bool = True) -> Card:
    """A card with sets of 90 %, measured where it is said."""
    card = a_card()
    far = Estimate(value=0.84, low=0.81, high=0.87, n=629)
    home = {"sets": (sets_of(an_estimate(0.91)),) if at_home else ()}
    away = {"sets": (sets_of(far),) if elsewhere else (), "data": "ISIC 2019, MSK and UDA"}
    entry = PredictionSetEntry(
        level=0.9,
        least_probabilities={label.code: 0.25 for label in card.labels},
        measured_on="the validation part",
        images=1200,
    )
    others = {"isic2019_msk": {"test": 629}}
    return card.model_copy(
        update={
            "metrics": {
                "test": some_metrics("test").model_copy(update=home),
                "isic2019_msk": some_metrics("test").model_copy(update=away),
                # Measured, but on images of the home set's own clinics.
                "isic2018_validation": some_metrics("all").model_copy(update=home),
            },
            "prediction_sets": (entry,),
            "training": card.training.model_copy(update={"other_images": others}),
            "weights_sha256": "0123456789ab" + "0" * 52,
        }
    )


def case_with_sets(*, refused: bool = False):
    rules = replace(RULES, sets=(SetRule(0.9, (0.25,) * 7),))
    assessment = assess(a_prediction(UNSURE), rules, ())
    if refused:
        assessment = replace(assessment, novelty=Novelty(2.0, 1.0))
    return replace(a_case(), assessment=assessment)


def test_note_gives_home_and_elsewhere_with_their_numbers():
    assert coverage_note(measured_card(), 0.9, named=SEVERAL) == NOTE


def test_note_tells_types_that_are_held_less_often_for_certain_than_promised():
    card = measured_card()
    surely = Estimate(value=0.812, low=0.73, high=0.899, n=176)
    perhaps = Estimate(value=0.76, low=0.43, high=1.0, n=17)
    home = (
        card.metrics["test"]
        .sets[0]
        .model_copy(update={"per_class": {"mel": surely, "df": perhaps}})
    )
    test = card.metrics["test"].model_copy(update={"sets": (home,)})
    card = card.model_copy(update={"metrics": {**card.metrics, "test": test}})
    assert coverage_note(card, 0.9, named=SEVERAL) == (
        f"{NOTE} Of images of HAM10000, the model’s home set, answers made to hold the true type "
        f"in at least 90 % held it less often: in 81.2{SPACE}% of melanoma."
    )


@pytest.mark.parametrize(
    ("types", "words"),
    [
        (
            1,
            "Measured: where the model named one type alone, whichever, that was the true one in "
            f"97.0{SPACE}% of 900 images of HAM10000, the model’s home set, and in "
            f"95.0{SPACE}% of 300 images of other clinics.",
        ),
        (
            2,
            "Measured: where the model named several types, the true one was among them in "
            f"88.0{SPACE}% of 600 images of HAM10000, the model’s home set, and in "
            f"85.0{SPACE}% of 329 images of other clinics.",
        ),
    ],
)
def test_one_name_and_several_have_their_own_figures(types, words):
    card = measured_card()
    told_apart = {
        "test": {"of_one": (0.97, 900), "of_several": (0.88, 600)},
        "isic2019_msk": {"of_one": (0.95, 300), "of_several": (0.85, 329)},
    }
    metrics = dict(card.metrics)
    for part, found in told_apart.items():
        update = {
            name: Estimate(value=value, low=value - 0.02, high=value + 0.02, n=n)
            for name, (value, n) in found.items()
        }
        (sets,) = metrics[part].sets
        metrics[part] = metrics[part].model_copy(update={"sets": (sets.model_copy(update=update),)})
    card = card.model_copy(update={"metrics": metrics})
    assert coverage_note(card, 0.9, LESIONS[:types]) == words


def named_alone(card: Card, rates: dict[str, dict[str, tuple[float, int]]]) -> Card:
    """The card with how often a name alone was right, by part and code."""
    metrics = dict(card.metrics)
    for part, found in rates.items():
        (sets,) = metrics[part].sets
        alone = {
            code: Estimate(value=value, low=0, high=1, n=n) for code, (value, n) in found.items()
        }
        told = sets.model_copy(update={"named_alone": alone})
        metrics[part] = metrics[part].model_copy(update={"sets": (told,)})
    return card.model_copy(update={"metrics": metrics})


def one(code: str) -> list[LesionType]:
    return [lesion for lesion in LESIONS if lesion.code == code]


RATES = {
    "test": {"nv": (0.98, 730), "mel": (0.625, 40)},
    "isic2019_msk": {"nv": (0.93, 300), "mel": (2 / 3, 3)},
}


def test_one_name_is_told_with_how_often_this_very_name_was_right():
    card = named_alone(measured_card(), RATES)
    assert coverage_note(card, 0.9, one("mel")) == (
        "Measured: where the model named melanoma alone, that was the true type in "
        f"62.5{SPACE}% of 40 images of HAM10000, the model’s home set, and in 2 of 3 images of "
        "other clinics. Where this type is rarer, its name is right less often."
    )


def test_a_name_that_nobody_could_check_elsewhere_is_told_as_such():
    card = named_alone(measured_card(), {**RATES, "isic2019_msk": {"nv": (0.9, 9)}})
    far = card.metrics["isic2019_msk"]
    of_few_types = {code: found for code, found in far.per_class.items() if code != "mel"}
    known = {**card.metrics, "isic2019_msk": far.model_copy(update={"per_class": of_few_types})}
    note = coverage_note(card.model_copy(update={"metrics": known}), 0.9, one("mel"))
    assert "Images of other clinics show none of this type to check its name on." in note
    assert "in 2 of 3" not in note


def test_a_name_that_never_stood_alone_has_no_rate():
    assert coverage_note(named_alone(measured_card(), RATES), 0.9, one("df")) == (
        "Not measured: how often dermatofibroma is right where it alone is named. It was never "
        "named alone on images of HAM10000, the model’s home set. It was never named alone on "
        "images of other clinics."
    )


@pytest.mark.parametrize(
    "card",
    [measured_card(elsewhere=False), measured_card(at_home=False), a_card()],
    ids=["home alone", "elsewhere alone", "neither"],
)
def test_card_without_both_figures_says_nothing(card):
    assert coverage_note(card, 0.9, named=SEVERAL) == ""
    assert coverage_words(card) == ()


def test_level_that_was_not_measured_says_nothing():
    assert coverage_note(measured_card(), 0.95, named=SEVERAL) == ""


def test_model_page_gives_intervals_and_names_the_other_set():
    assert coverage_words(measured_card()) == (
        f"Sets of 90 % held the true type in 91.0{SPACE}% (89.0{SPACE}% to 93.0{SPACE}%) of 1,500 "
        f"images of HAM10000, the model’s home set, and in 84.0{SPACE}% (81.0{SPACE}% to "
        f"87.0{SPACE}%) of 629 images of other clinics (ISIC 2019, MSK and UDA).",
    )


def test_result_of_a_model_with_sets_has_the_note():
    assert present_result(case_with_sets(), 30, card=measured_card()).coverage == NOTE


def test_no_note_without_sets_for_a_refused_photo_or_of_another_model():
    card = measured_card()
    assert present_result(a_case(), 30, card=card).coverage == ""
    assert present_result(case_with_sets(refused=True), 30, card=card).coverage == ""
    assert present_result(case_with_sets(), 30).coverage == ""


def test_no_note_where_other_bounds_drew_up_the_set():
    card = measured_card()
    (entry,) = card.prediction_sets
    lower = entry.model_copy(
        update={"least_probabilities": dict.fromkeys(entry.least_probabilities, 0.01)}
    )
    assert present_result(case_with_sets(), 30, card=card).coverage == NOTE
    refitted = card.model_copy(update={"prediction_sets": (lower,)})
    assert present_result(case_with_sets(), 30, card=refitted).coverage == ""


def test_note_stands_on_result_sheet_and_model_page(app, client, classifier, lesion_jpeg):
    context = app.extensions["skinapp.web"]
    app.extensions["skinapp.web"] = replace(context, card=measured_card())
    classifier.by_code = UNSURE
    classifier.rules = replace(RULES, sets=(SetRule(0.9, (0.25,) * 7),))
    case = made_case(client, lesion_jpeg)
    for address in (case, f"{case}?view=triage", f"{case}/print?view=types"):
        assert NOTE in client.get(address).text
    assert "Sets of 90 % held the true type in 91.0" in client.get("/model").text
