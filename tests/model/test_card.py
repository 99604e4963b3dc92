"""The contract between weights and whoever serves them."""

import json
import math

import pytest

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import CARD_FILE, WEIGHTS_FILE, read_card, write_card
from skinapp.model.trust_entries import PredictionSetEntry
from skinapp.model.weights_file import check_weights
from tests.cast import a_card, a_rarity


def changed(folder, **changes):
    facts = json.loads((folder / CARD_FILE).read_text()) | changes
    (folder / CARD_FILE).write_text(json.dumps(facts))


def test_card_survives_writing_and_reading(tmp_path):
    write_card(a_card(), tmp_path)
    assert read_card(tmp_path) == a_card()


def test_folder_without_a_card_is_refused(tmp_path):
    with pytest.raises(ModelRefused, match=r"card\.json can't be read"):
        read_card(tmp_path)


def test_card_with_an_unknown_field_is_refused_by_name(model_folder):
    changed(model_folder, colour="blue")
    with pytest.raises(ModelRefused, match="colour"):
        read_card(model_folder)


def test_card_whose_default_operating_point_is_missing_is_refused(model_folder):
    changed(model_folder, default_operating_point="malignant_99")
    with pytest.raises(ModelRefused, match="malignant_99"):
        read_card(model_folder)


def test_card_with_a_class_twice_is_refused(model_folder):
    facts = json.loads((model_folder / CARD_FILE).read_text())
    changed(model_folder, labels=[*facts["labels"], facts["labels"][0]])
    with pytest.raises(ModelRefused, match="stands twice"):
        read_card(model_folder)


def test_weights_that_are_not_the_cards_are_refused(model_folder):
    with (model_folder / WEIGHTS_FILE).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelRefused, match="don't belong together"):
        check_weights(read_card(model_folder), model_folder)


def test_missing_weights_are_refused(model_folder):
    (model_folder / WEIGHTS_FILE).unlink()
    with pytest.raises(ModelRefused, match=r"no model\.safetensors"):
        check_weights(read_card(model_folder), model_folder)


def rarity_facts(codes, **changes):
    entry = a_rarity(calibration=0.25, shares=dict.fromkeys(codes, 1 / len(codes)))
    return entry.model_dump() | changes


def sets_facts(codes, **changes):
    least = dict.fromkeys(codes, 0.2)
    entry = PredictionSetEntry(
        level=0.9, least_probabilities=least, measured_on="validation part", images=1200
    )
    return [entry.model_dump() | changes]


CODES = [label.code for label in a_card().labels]


def test_rarer_type_weighs_less_in_a_probability_and_more_in_a_name(model_folder):
    shares = dict.fromkeys(CODES[1:], 0.16) | {CODES[0]: 0.04}
    rarity = rarity_facts(CODES, shares=shares)
    changed(model_folder, prediction_sets=sets_facts(CODES), rarity=rarity)
    card = read_card(model_folder)
    factors = [math.exp(offset) for offset in card.calibration.offsets]
    assert factors == pytest.approx([0.04**0.25, *[0.4**0.5] * (len(CODES) - 1)])
    assert card.rules.naming.weights == pytest.approx([5.0, *[2.5] * (len(CODES) - 1)])


def test_without_rarity_a_temperature_is_all_that_calibrates(model_folder):
    assert read_card(model_folder).calibration.offsets == ()


@pytest.mark.parametrize(
    ("sets", "rarity", "sentence"),
    [
        ([], rarity_facts(CODES), "there is none"),
        (sets_facts(CODES), rarity_facts(CODES[1:]), "not the labels"),
        (sets_facts(CODES), rarity_facts([*CODES, "scar"]), "not the labels"),
    ],
    ids=["no sets", "a class is missing", "a class too many"],
)
def test_rarity_needs_sets_and_the_labels_as_its_classes(model_folder, sets, rarity, sentence):
    changed(model_folder, prediction_sets=sets, rarity=rarity)
    with pytest.raises(ModelRefused, match=f"rarity: .*{sentence}"):
        read_card(model_folder)


@pytest.mark.parametrize(
    "sets",
    [sets_facts(CODES[1:]), sets_facts(CODES, confidence={"scar": 0.9})],
    ids=["a bound is missing", "a confidence too many"],
)
def test_prediction_sets_are_those_of_the_labels(model_folder, sets):
    changed(model_folder, prediction_sets=sets)
    with pytest.raises(ModelRefused, match="prediction sets: their classes are not the labels"):
        read_card(model_folder)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_share_that_has_no_logarithm_or_is_none_is_refused(model_folder, share):
    shares = dict.fromkeys(CODES, 0.1) | {CODES[0]: share}
    rarity = rarity_facts(CODES, shares=shares)
    changed(model_folder, prediction_sets=sets_facts(CODES), rarity=rarity)
    with pytest.raises(ModelRefused, match="rarity"):
        read_card(model_folder)


def test_prediction_sets_go_from_the_lowest_level_to_the_highest_in_whatever_order_they_stand():
    codes = [label.code for label in a_card().labels]
    entries = [
        PredictionSetEntry(
            level=level,
            least_probabilities=dict.fromkeys(codes, least),
            measured_on="validation part of HAM10000",
            images=1200,
        )
        for level, least in ((0.95, 0.02), (0.8, 0.3), (0.9, 0.1))
    ]
    card = a_card().model_copy(update={"prediction_sets": tuple(entries)})
    found = [(rule.level, set(rule.least_probabilities)) for rule in card.rules.sets]
    assert found == [(0.8, {0.3}), (0.9, {0.1}), (0.95, {0.02})]
