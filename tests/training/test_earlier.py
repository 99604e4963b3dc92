"""What is known of the weights that a run starts from."""

import pytest

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import read_card, write_card
from skinapp.training.earlier import Earlier, earlier_training
from skinapp.training.teacher_source import Splits


@pytest.fixture
def goes_on(small_recipe):
    return small_recipe.model_copy(update={"pretrained": "model.safetensors"})


def test_card_tells_what_a_models_weights_have_behind_them(goes_on, model_folder):
    card = read_card(model_folder)
    splits = {"split_sha256": "home", "other_splits_sha256": {"clinic": "theirs"}}
    facts = card.training.model_copy(update=splits)
    write_card(card.model_copy(update={"training": facts}), model_folder)
    assert earlier_training(goes_on, model_folder) == Earlier(
        images_seen=facts.images_seen,
        elapsed_s=60 * facts.duration_minutes,
        split_sha256="home",
        recipe=facts.recipe,
        other_splits_sha256={"clinic": "theirs"},
    )


def test_card_of_other_weights_tells_nothing_of_these(goes_on, model_folder):
    card = read_card(model_folder).model_copy(update={"weights_sha256": "0" * 64})
    write_card(card, model_folder)
    with pytest.raises(ModelRefused):
        earlier_training(goes_on, model_folder)


@pytest.mark.parametrize(
    ("home", "others", "allowed"),
    [
        ("ours", {}, True),
        ("followed", {"clinic": "theirs"}, True),
        ("", {}, True),
        ("else", {}, False),
        ("ours", {"clinic": "moved"}, False),
        ("", {"clinic": "moved"}, False),
        ("ours", {"unused": "any"}, True),
    ],
)
def test_weights_keep_to_the_splits_of_the_run_they_start(home, others, allowed):
    splits = Splits(["ours", "followed"], {"clinic": "theirs"})
    assert splits.allow(home, others) == allowed
