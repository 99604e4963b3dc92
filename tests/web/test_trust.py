"""Pages of answers that are several, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skinapp.domain.trust import SetRule
from skinapp.model.card import SetMetrics
from skinapp.model.trust_entries import (
    NoveltyEntry,
    PredictionSetEntry,
    RefusalCount,
)
from skinapp.web.figures import find_figures
from tests.cast import RULES, UNSURE, FakeClassifier, a_card, a_rarity, an_estimate
from tests.web.visitor import made_case


@pytest.fixture
def strange_case(screening_of, client, lesion_jpeg):
    strange = FakeClassifier(novelty_score=7.5, rules=replace(RULES, novelty_threshold=1.0))
    screening_of(strange)
    return made_case(client, lesion_jpeg)


@pytest.fixture
def screening_of(app):
    def put(classifier):
        app.extensions["skinapp.web"].screening.classifier = classifier

    return put


def test_refused_photo_gets_a_reason_and_no_bars(client, strange_case):
    page = client.get(strange_case).text
    assert "Not recognised as a dermoscopic photo" in page
    for absent in ("bars__item", "Melanocytic nevus", "overlay.png", "probability of malignancy"):
        assert absent not in page


def test_numbers_of_a_refused_photo_can_be_seen_all_the_same(client, strange_case):
    assert f'href="{strange_case}?show=numbers"' in client.get(strange_case).text
    page = client.get(f"{strange_case}?show=numbers").text
    assert page.count('class="bars__item') == 7
    assert "Not recognised as a dermoscopic photo" in page


def test_sheet_of_a_refused_photo_gives_numbers_only_where_they_were_asked_for(
    client, strange_case
):
    plain = client.get(f"{strange_case}/print").text
    asked = client.get(f"{strange_case}/print?show=numbers").text
    assert "bars__item" not in plain
    assert "bars__item" in asked
    for page in (plain, asked):
        assert "Not recognised as a dermoscopic photo" in page
        assert "Photo, not recognised by the model" in page
    assert f"{strange_case}/print?show=numbers" in client.get(f"{strange_case}?show=numbers").text


def test_known_photo_offers_nothing_to_see_all_the_same(client, lesion_jpeg):
    assert "show=numbers" not in client.get(made_case(client, lesion_jpeg)).text


def test_answer_of_two_is_told_as_two(client, screening_of, lesion_jpeg):
    rules = replace(RULES, sets=(SetRule(0.90, (0.25,) * 7), SetRule(0.95, (0.15,) * 7)))
    screening_of(FakeClassifier(UNSURE, rules=rules))
    case = made_case(client, lesion_jpeg)
    for page in (client.get(case).text, client.get(f"{case}/print").text):
        assert "Benign keratosis or melanoma: both remain possible" in page
        assert "would also name melanocytic nevus" in page


def test_prevalence_of_the_clinic_is_told_on_the_page(app, client, lesion_jpeg):
    context = app.extensions["skinapp.web"]
    settings = context.settings.model_copy(update={"prevalence": 0.05})
    app.extensions["skinapp.web"] = replace(context, settings=settings)
    assert "positive predictive value" in client.get(made_case(client, lesion_jpeg)).text


@pytest.fixture
def trusting_card():
    codes = [label.code for label in a_card().labels]
    sets = SetMetrics(
        level=0.9,
        coverage=an_estimate(0.91),
        per_class=dict.fromkeys(codes, an_estimate(0.9)),
        mean_size=an_estimate(1.4),
        single=an_estimate(0.7),
    )
    test = a_card().metrics["test"].model_copy(update={"sets": (sets,)})
    bounds = PredictionSetEntry(
        level=0.9,
        least_probabilities=dict.fromkeys(codes, 0.2),
        measured_on="the validation part",
        images=1200,
    )
    novelty = NoveltyEntry(
        measures=("mahalanobis", "looks"),
        threshold=1.0,
        statistics_sha256="0" * 64,
        measured_on="the validation parts",
        images=1300,
        kept=0.98,
        auroc={"mahalanobis+looks": 0.9994, "energy": 0.8},
        far={"cat": RefusalCount(refused=11, pictures=12)},
        near={"heavy_blur": RefusalCount(refused=60, pictures=100)},
        further={"clip_art_food": RefusalCount(refused=26, pictures=27)},
    )
    return a_card().model_copy(
        update={
            "metrics": {"test": test},
            "prediction_sets": (bounds,),
            "rarity": a_rarity(calibration=0.52, naming=0.85),
            "novelty": novelty,
        }
    )


@pytest.mark.parametrize(
    "words",
    [
        "Sets of 90 % hold 1.40 types on average",
        "What it refuses to answer",
        "Dermoscopic, heavy blur",
        "<summary>Pictures refused, by kind: 37 of 39</summary>",
        "Clip art food",
        "Mahalanobis + Looks",
        "sum of the distance of the network’s features to the nearest lesion type and the distance "
        "of colours",
        "keeps 90 of 100 of its lesions",
        "a type with too few images for that has one by what all types have together, the lower "
        "the rarer it is",
        "Temperature 0.900 and the types’ shares, fitted on the validation part",
        "each probability is multiplied by the type’s share of the home set’s training images to "
        "the power of 0.52,",
        "when divided by the type’s share of the home set’s training images to the power of 0.85 "
        "(chosen on 1,200 images: the validation part)",
    ],
)
def test_model_page_tells_what_was_measured(app, client, trusting_card, words):
    context = app.extensions["skinapp.web"]
    app.extensions["skinapp.web"] = replace(context, card=trusting_card, figures=find_figures(None))
    assert words in client.get("/model").text
