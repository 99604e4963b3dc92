"""What is known of the weights that a run starts from, and which ones it may start from."""

import pytest
from safetensors.torch import load_file, save_file

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import read_card, write_card
from skinapp.training.earlier import Earlier, earlier_training, refuse_unfit_start
from skinapp.training.network_facts import facts_of_run
from skinapp.training.recipe import Fold
from skinapp.training.splits_kept import Splits
from skinapp.training.start import PretrainedMismatch

HOME = Splits("home", {"clinic": "theirs"})
FOLLOWING = Splits("ours", {}, ("home", "theirs"))


@pytest.fixture
def goes_on(small_recipe):
    return small_recipe.model_copy(update={"pretrained": "model.safetensors"})


@pytest.fixture
def learned(small_recipe):
    """Makes the facts of a network that learned from the home set and a clinic's."""

    def learned(**changes):
        facts = facts_of_run(small_recipe, "home", {"clinic": "theirs"}, None)
        return facts.model_copy(update=changes)

    return learned


def test_card_tells_what_a_models_weights_have_behind_them(goes_on, model_folder):
    card = read_card(model_folder)
    splits = {"split_sha256": "home", "other_splits_sha256": {"clinic": "theirs"}}
    training = card.training.model_copy(update=splits)
    write_card(card.model_copy(update={"training": training}), model_folder)
    found = earlier_training(goes_on, model_folder)
    assert (found.images_seen, found.recipe) == (training.images_seen, training.recipe)
    assert found.elapsed_s == 60 * training.duration_minutes
    assert found.facts.split_sha256 == "home"
    assert found.facts.other_splits_sha256 == {"clinic": "theirs"}
    assert found.facts.outputs == tuple(label.code for label in card.labels)


def test_card_of_other_weights_tells_nothing_of_these(goes_on, model_folder):
    card = read_card(model_folder).model_copy(update={"weights_sha256": "0" * 64})
    write_card(card, model_folder)
    with pytest.raises(ModelRefused):
        earlier_training(goes_on, model_folder)


def test_file_that_was_trained_and_does_not_say_on_what_is_refused(
    small_recipe, pretrained, tmp_path
):
    tensors = load_file(pretrained / "b0.safetensors")
    save_file(tensors, tmp_path / "b0.safetensors", {"images_seen": "40"})
    with pytest.raises(PretrainedMismatch, match="doesn't say what it was trained on"):
        earlier_training(small_recipe, tmp_path)


def test_file_that_was_cut_off_is_refused(small_recipe, pretrained, tmp_path):
    whole = (pretrained / "b0.safetensors").read_bytes()
    (tmp_path / "b0.safetensors").write_bytes(whole[:1000])
    with pytest.raises(PretrainedMismatch, match=r"b0\.safetensors"):
        earlier_training(small_recipe, tmp_path)


@pytest.mark.parametrize(
    ("splits", "known"),
    [
        (HOME, {}),
        (HOME, {"other_splits_sha256": {}}),
        (HOME, {"other_splits_sha256": {"clinic": "theirs", "unused": "any"}}),
        (HOME, {"fold": Fold(count=3, left_out=1)}),
        (FOLLOWING, {}),
        (FOLLOWING, {"earlier_splits_sha256": ("theirs",)}),
    ],
)
def test_network_that_keeps_to_the_splits_may_be_part_of_a_run(
    small_recipe, learned, splits, known
):
    assert splits.complaint(learned(**known), small_recipe) == ""


@pytest.mark.parametrize(
    ("splits", "known"),
    [
        (HOME, {"split_sha256": "else"}),
        (HOME, {"other_splits_sha256": {"clinic": "moved"}}),
        (HOME, {"earlier_splits_sha256": ("else",)}),
        # Any of its images may be the clinic's: that split has to be followed as well.
        (Splits("ours", {}, ("home",)), {}),
        (FOLLOWING, {"other_splits_sha256": {"unused": "any"}}),
        (FOLLOWING, {"earlier_splits_sha256": ("else",)}),
    ],
)
def test_network_that_may_know_what_judges_a_run_is_no_part_of_it(
    small_recipe, learned, splits, known
):
    assert "another split" in splits.complaint(learned(**known), small_recipe)


def test_network_without_a_split_is_no_part_of_a_run(small_recipe, learned):
    assert "on which split" in HOME.complaint(learned(split_sha256=""), small_recipe)


@pytest.mark.parametrize("fold", [None, Fold(count=3, left_out=0)])
def test_fold_is_left_out_from_the_start_on(small_recipe, learned, fold):
    split = small_recipe.split.model_copy(update={"fold": Fold(count=3, left_out=2)})
    recipe = small_recipe.model_copy(update={"split": split})
    assert "leaves out" in HOME.complaint(learned(fold=fold), recipe)
    assert HOME.complaint(learned(fold=split.fold), recipe) == ""


def test_network_remembers_what_its_start_had_learned_from(small_recipe, learned):
    start = learned(other_splits_sha256={"clinic": "theirs", "more": "those"})
    on = facts_of_run(small_recipe, "home", {"clinic": "theirs"}, start)
    assert on.other_splits_sha256 == {"clinic": "theirs", "more": "those"}
    assert on.earlier_splits_sha256 == ()
    elsewhere = facts_of_run(small_recipe, "ours", {}, on)
    assert elsewhere.earlier_splits_sha256 == ("home",)
    assert elsewhere.other_splits_sha256 == on.other_splits_sha256
    again = facts_of_run(small_recipe, "third", {}, elsewhere)
    assert again.earlier_splits_sha256 == ("home", "ours")


def test_classifier_that_tells_other_types_apart_is_not_kept(small_recipe, learned):
    start = Earlier(facts=learned(outputs=("one", "two")))
    kept = small_recipe.model_copy(update={"fresh_head": False})
    with pytest.raises(PretrainedMismatch, match="other types apart"):
        refuse_unfit_start(kept, start, HOME)
    refuse_unfit_start(small_recipe, start, HOME)


def test_weights_from_elsewhere_may_start_any_run(small_recipe, learned):
    """Nothing is known of them, so nothing of them can be wrong; of others, the types can."""
    kept = small_recipe.model_copy(update={"fresh_head": False})
    refused = []
    for start in (Earlier(), Earlier(facts=learned(outputs=("one", "two")))):
        try:
            refuse_unfit_start(kept, start, HOME)
        except PretrainedMismatch:
            refused.append(start)
    assert [start.facts is None for start in refused] == [False]
    refuse_unfit_start(small_recipe, Earlier(), HOME)
