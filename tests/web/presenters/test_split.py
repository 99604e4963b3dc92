"""What the model page says of how the data were divided: what the card says, and no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skinapp.model.card import read_card
from skinapp.web.presenters.split import split_words
from tests.cast import a_card

WEIGHTS = Path(__file__).parents[3] / "weights"
OTHERS = {"isic2019_msk": {"training": 1605, "validation": 302, "test": 629}}


def facts(rule, **more):
    return a_card().training.model_copy(update={"split_rule": rule, **more})


@pytest.mark.parametrize(
    ("rule", "title", "counted"),
    [
        ("", "The data by part", "Lesions"),
        ("lesion", "The data, split by lesion", "Lesions"),
        ("picture", "The data, split by picture", "Groups"),
        ("followed", "The data, split as the sets they come from", "Groups"),
    ],
)
def test_title_says_what_the_card_says(rule, title, counted):
    words = split_words(facts(rule))
    assert (words.title, words.counted) == (title, counted)


@pytest.mark.parametrize("rule", ["picture", "followed"])
def test_split_that_does_not_know_lesions_says_what_that_means(rule):
    assert "another photograph of the same lesion may stand in another" in (
        split_words(facts(rule)).text
    )


def test_other_sets_are_said_to_be_split_by_near_duplicates():
    text = split_words(facts("lesion", other_images=OTHERS)).text
    assert text.startswith("All photographs of one lesion stand in one part. ")
    assert text.endswith("near-duplicates stand in one part.")


def test_card_without_a_rule_claims_no_split_by_lesion(client):
    page = client.get("/model").text
    assert "The data by part" in page
    assert "split by" not in page
    assert "Lesions that nothing was" not in page


def test_rule_of_the_card_stands_on_the_page(app, client):
    context = app.extensions["skinapp.web"]
    card = a_card().model_copy(update={"training": facts("followed")})
    app.extensions["skinapp.web"] = replace(context, card=card)
    page = client.get("/model").text
    assert "The data, split as the sets they come from" in page
    assert '<th scope="col" class="number">Groups</th>' in page


def test_every_shipped_card_says_how_its_data_were_divided():
    rules = {
        card.parent.name: read_card(card.parent).training for card in WEIGHTS.glob("*/card.json")
    }
    assert rules["isic9-efficientnet-b4"].split_rule == "followed"
    assert [name for name, facts in rules.items() if not facts.split_rule] == []
