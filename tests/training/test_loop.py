"""Training from the first step to a model folder, on a set that a test can afford."""

import csv
import json

import numpy as np
import pytest
import torch

from skinapp.evaluation.command import main as evaluate
from skinapp.model.card import read_card
from skinapp.model.classifier import load_classifier
from skinapp.model.weights_file import sha256_of
from skinapp.training.average import MovingAverage
from skinapp.training.command import main as train_command
from skinapp.training.data import ViewStream
from skinapp.training.earlier import Earlier, earlier_training
from skinapp.training.history import read_history
from skinapp.training.loop import CheckpointOfAnotherRecipe, Run, Validation
from skinapp.training.network_facts import facts_of_run
from skinapp.training.recipe import Freeze
from skinapp.training.start import PretrainedMismatch, freeze, starting_network
from tests.training.conftest import CODES, pool_of, replaced


def new_run(recipe, pretrained, work):
    work.mkdir(exist_ok=True)
    return Run(starting_network(recipe, pretrained), recipe, work, torch.device("cpu"))


def no_validation(_network):
    return Validation(loss=1.0, accuracy=0.5, balanced_accuracy=0.5)


class PowerCutError(Exception):
    pass


def cut_the_power(_network):
    raise PowerCutError


def test_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    small_recipe, pretrained, images, tmp_path
):
    stream = ViewStream([pool_of(images)], small_recipe)
    whole = new_run(small_recipe, pretrained, tmp_path / "whole")
    whole.train(stream, no_validation, workers=0)

    cut = new_run(small_recipe, pretrained, tmp_path / "cut")
    with pytest.raises(PowerCutError):
        cut.train(stream, cut_the_power, workers=0)
    again = new_run(small_recipe, pretrained, tmp_path / "cut")
    assert again.resume()
    assert again.step == 2
    again.train(stream, no_validation, workers=0)

    assert again.history[0].training_loss == pytest.approx(whole.history[0].training_loss)
    ours, theirs = again.average.network.state_dict(), whole.average.network.state_dict()
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-5) for name in ours)


def test_checkpoint_of_a_run_from_other_weights_is_refused(small_recipe, pretrained, tmp_path):
    network, cpu = starting_network(small_recipe, pretrained), torch.device("cpu")
    one, other = (Earlier(weights_sha256=sha256 * 64) for sha256 in "ab")
    Run(network, small_recipe, tmp_path, cpu, one).save()
    with pytest.raises(CheckpointOfAnotherRecipe, match="another start"):
        Run(network, small_recipe, tmp_path, cpu, other).resume()
    assert Run(network, small_recipe, tmp_path, cpu, one).resume()


def test_checkpoint_of_another_recipe_is_refused(small_recipe, pretrained, tmp_path):
    new_run(small_recipe, pretrained, tmp_path / "work").save()
    other = small_recipe.model_copy(update={"seed": 1})
    with pytest.raises(CheckpointOfAnotherRecipe, match="another recipe"):
        new_run(other, pretrained, tmp_path / "work").resume()


def test_the_loss_makes_up_for_shares_that_the_draws_leave_uneven(
    small_recipe, pretrained, images, tmp_path
):
    optimiser = small_recipe.optimiser.model_copy(
        update={"logit_adjustment": 1.0, "sampling_exponent": 0.0}
    )
    recipe = small_recipe.model_copy(update={"optimiser": optimiser})
    run = new_run(recipe, pretrained, tmp_path / "work")
    nevi = [image for image in images if image.code == "nv"]
    stream = ViewStream([pool_of([*images, *nevi * 8])], recipe)
    offsets = run._adjustment(stream)
    shares = stream.shares(len(CODES))
    assert shares.sum() == pytest.approx(1)
    # A nevus has to be scored higher by as much as it is drawn more often.
    gap = float(offsets[CODES.index("nv")] - offsets[CODES.index("df")])
    assert gap == pytest.approx(np.log(shares[CODES.index("nv")] / shares[CODES.index("df")]))


def test_without_adjustment_the_loss_is_left_as_it_is(small_recipe, pretrained, images, tmp_path):
    run = new_run(small_recipe, pretrained, tmp_path / "work")
    assert run._adjustment(ViewStream([pool_of(images)], small_recipe)).item() == 0


def test_mixed_images_train_on_both_of_their_classes(small_recipe, pretrained, images, tmp_path):
    optimiser = small_recipe.optimiser.model_copy(update={"mixup_alpha": 1.0})
    recipe = small_recipe.model_copy(update={"optimiser": optimiser})
    run = new_run(recipe, pretrained, tmp_path / "work")
    share, others = run._partners(4)
    assert 0.5 <= share < 1
    assert sorted(others.tolist()) == [0, 1, 2, 3]
    run.train(ViewStream([pool_of(images)], recipe), no_validation, workers=0)
    assert run.step == recipe.steps


def test_frozen_stages_and_depthwise_filters_do_not_learn(small_recipe, pretrained):
    network = starting_network(small_recipe, pretrained)
    freeze(network, Freeze(stages=3, depthwise=True))
    learning = {name for name, p in network.named_parameters() if p.requires_grad}
    assert not any(
        name.startswith(("features.0.", "features.1.", "features.2.")) for name in learning
    )
    for module_name, module in network.named_modules():
        if isinstance(module, torch.nn.Conv2d) and module.groups > 1:
            assert f"{module_name}.weight" not in learning
    assert "classifier.1.weight" in learning


def test_block_with_missing_weights_starts_as_the_identity(small_recipe, pretrained):
    network = starting_network(small_recipe, pretrained)
    norms = [m for m in network.features[7][0].modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms[-1].weight.abs().sum() == 0
    assert norms[0].weight.abs().sum() > 0


def test_another_recipe_goes_on_from_the_averaged_weights(small_recipe, pretrained, tmp_path):
    first = new_run(small_recipe, pretrained, tmp_path / "first")
    first.step, first.elapsed_s = 6, 60.0
    facts = facts_of_run(small_recipe, "the split", {"clinic": "theirs"}, None)
    first.save_average(facts)
    second = small_recipe.model_copy(
        update={"pretrained": "small.safetensors", "fresh_head": False}
    )
    network = starting_network(second, tmp_path / "first")
    ours, theirs = network.state_dict(), first.average.network.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    sha256 = sha256_of(tmp_path / "first" / "small.safetensors")
    told = Earlier(24, 60.0, "recipes/small.toml", facts, sha256)
    assert earlier_training(second, tmp_path / "first") == told


def test_the_history_of_a_run_that_another_goes_on_from_is_carried_on(
    small_recipe_file, pretrained, data_set, tmp_path
):
    first, second = tmp_path / "first", tmp_path / "second"
    goes_on = tmp_path / "goes_on.toml"
    changes = {
        'name = "small"': 'name = "goes_on"',
        "fresh_head = true": "fresh_head = false",
        "b0.safetensors": "small.safetensors",
    }
    goes_on.write_text(replaced(small_recipe_file.read_text(), changes))
    for recipe, start, work in ((small_recipe_file, pretrained, first), (goes_on, first, second)):
        places = ["--data", str(data_set), "--pretrained", str(start), "--work", str(work)]
        assert train_command(["--recipe", str(recipe), *places, "--no-export"]) == 0
    rows = read_history(second / "history.csv")
    assert [row.step for row in rows] == [3, 6, 3, 6]
    assert [row.images_seen for row in rows] == sorted(row.images_seen for row in rows)


def test_weights_from_elsewhere_have_seen_none_of_our_images(small_recipe, pretrained):
    found = earlier_training(small_recipe, pretrained)
    assert (found.images_seen, found.recipe, found.facts) == (0, "", None)


def test_pretrained_file_of_another_network_is_refused(small_recipe, pretrained):
    other = small_recipe.model_copy(update={"architecture": "efficientnet_b4"})
    with pytest.raises((PretrainedMismatch, RuntimeError)):
        starting_network(other, pretrained)


def test_average_of_a_constant_network_is_that_network(small_recipe, pretrained):
    network = starting_network(small_recipe, pretrained)
    average = MovingAverage(network, 0.9)
    for step in range(3):
        average.update(network, step)
    ours, theirs = average.network.state_dict(), network.state_dict()
    assert all(torch.allclose(ours[name], theirs[name]) for name in ours)


def test_trained_folder_can_be_served_and_measured(
    small_recipe_file, pretrained, data_set, tmp_path, capsys
):
    weights, work = tmp_path / "weights", tmp_path / "work"
    places = ["--data", str(data_set), "--pretrained", str(pretrained), "--work", str(work)]
    assert train_command(["--recipe", str(small_recipe_file), *places, "--out", str(weights)]) == 0

    card = read_card(weights / "small")
    assert [leaf.code for leaf in card.leaves if leaf.label == "akiec"] == ["ak", "scc"]
    assert load_classifier(weights / "small").card.version == card.version
    assert sum(card.training.images.values()) == 49
    assert (weights / "small" / "figures" / "training" / "training_curves.svg").is_file()
    with (work / "history.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["3", "6"]

    options = ["--model", "small", "--weights", str(weights), "--images", str(data_set)]
    labels = [
        "--labels",
        str(data_set / "HAM10000_metadata.csv"),
        "--split",
        str(work / "split.csv"),
    ]
    engine = ["--engine", "torch"]
    assert evaluate([*options, *labels, "--deletion", "2", "--into-card", "test", *engine]) == 0
    assert "balanced accuracy" in capsys.readouterr().out
    assert evaluate([*options, *labels, "--into-card", "validation", *engine]) == 2
    assert "needs --split and --part validation" in capsys.readouterr().out
    measured = read_card(weights / "small").metrics["test"]
    assert measured.images == card.training.images["test"]
    assert "deletion_gap" in measured.overall
    figures = weights / "small" / "figures" / "test"
    assert {path.stem for path in figures.glob("*.svg")} == {
        "confusion_matrix",
        "roc",
        "reliability",
        "reliability_by_class",
        "deletion",
    }
    assert json.loads((figures / "metrics.json").read_text())["part"] == "test"


def test_folder_that_is_trained_into_again_keeps_nothing_of_earlier_weights(
    small_recipe_file, pretrained, data_set, tmp_path
):
    folder = tmp_path / "weights" / "small"
    earlier = ("figures/test/subgroups.json", "figures/data/facts.json", "novelty.safetensors")
    for name in earlier:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("of earlier weights, or of the data")
    places = ["--data", str(data_set), "--pretrained", str(pretrained)]
    places += ["--work", str(tmp_path / "work"), "--out", str(folder.parent)]
    assert train_command(["--recipe", str(small_recipe_file), *places]) == 0
    assert [name for name in earlier if (folder / name).is_file()] == ["figures/data/facts.json"]
    assert load_classifier(folder).card.metrics == {}
