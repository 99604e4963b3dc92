"""What a run starts from, and that every kind of network goes all the way to a served folder."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from skinapp.domain.photo import Photo
from skinapp.evaluation.command import main as evaluate
from skinapp.model.card import read_card
from skinapp.model.classifier import load_classifier
from skinapp.training.command import main as train_command
from skinapp.training.earlier import NOTHING_EARLIER, earlier_training
from skinapp.training.recipe import Freeze, RecipeUnreadable, read_recipe
from skinapp.training.start import freeze, set_training_mode, starting_network
from tests.small_networks import SMALL, tiny_vit_of_torchvision
from tests.training.conftest import replaced

RECIPES = Path(__file__).parents[2] / "recipes"
SCRATCH = RECIPES / "comparison-small-cnn.toml"
NOWHERE = Path("no such folder")


def scratch_recipe(architecture, folder, **changes):
    """The recipe of the small network, cut down to four steps of small squares."""
    text, sets = re.subn(r"\[\[extra\]\].*?\n\n", "", SCRATCH.read_text(), flags=re.DOTALL)
    assert sets == 1
    smaller = {
        'name = "comparison-small-cnn"': 'name = "scratch"',
        'architecture = "small_cnn"': f'architecture = "{architecture}"',
        "size_px = 128\nsteps = 1200": "size_px = 32\nsteps = 4",
        "validation_size_px = 128": "validation_size_px = 64",
        "candidate_sizes_px = [128]": "candidate_sizes_px = [64]",
        "batch_size = 64": "batch_size = 8",
        "decay_steps = 1200": "decay_steps = 4",
        "validate_every_steps = 600": "validate_every_steps = 4",
        **changes,
    }
    path = folder / "scratch.toml"
    path.write_text(replaced(text, smaller))
    return path


@pytest.fixture
def scratch(tmp_path):
    return read_recipe(scratch_recipe("small_cnn", tmp_path))


def test_recipe_without_pretrained_weights_starts_from_its_seed_alone(scratch):
    first, again = (starting_network(scratch, NOWHERE).state_dict() for _ in range(2))
    other = starting_network(scratch.model_copy(update={"seed": 1}), NOWHERE).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["features.0.weight"], other["features.0.weight"])
    assert earlier_training(scratch, NOWHERE) == NOTHING_EARLIER


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stages = 0", "stages = 2"),
        ("depthwise = false", "depthwise = true"),
        ("fresh_head = true", "fresh_head = false"),
        ("seed = 20260", "blends = [1.0, 0.5]\nseed = 20260"),
    ],
)
def test_random_weights_are_neither_kept_nor_blended_with(tmp_path, old, new):
    with pytest.raises(RecipeUnreadable, match="pretrained"):
        read_recipe(scratch_recipe("small_cnn", tmp_path, **{old: new}))


@pytest.mark.parametrize("name", ["comparison-small-cnn", "comparison-resnet50"])
def test_comparison_is_made_on_the_shipped_models_split(name):
    compared, shipped = (
        read_recipe(RECIPES / f"{stem}.toml") for stem in (name, "ham10000-efficientnet-b4")
    )
    assert (compared.seed, compared.split) == (shipped.seed, shipped.split)
    assert compared.leaves == shipped.leaves
    for ours, theirs in zip(compared.extra, shipped.extra, strict=True):
        of_training = {"share", "taught"}
        assert ours.model_dump(exclude=of_training) == theirs.model_dump(exclude=of_training)
    assert not compared.pretrained


@pytest.mark.usefixtures("small_builds")
def test_weights_with_torchvisions_names_can_be_started_from(tmp_path):
    whole = tiny_vit_of_torchvision(1000)
    save_file(whole.state_dict(), tmp_path / "vit.safetensors")
    recipe = read_recipe(
        scratch_recipe(
            "vit_b_16", tmp_path, **{'pretrained = ""': 'pretrained = "vit.safetensors"'}
        )
    )
    network = starting_network(recipe, tmp_path)
    assert torch.equal(network.encoder.pos_embedding, whole.encoder.pos_embedding)
    assert network.classifier[-1].out_features == 8


@pytest.mark.usefixtures("small_builds")
def test_sizes_that_a_transformer_cannot_see_whole_are_refused(tmp_path):
    sizes = {"candidate_sizes_px = [128]": "candidate_sizes_px = [64, 72]"}
    recipe = read_recipe(scratch_recipe("vit_b_16", tmp_path, **sizes))
    with pytest.raises(ValueError, match="72 px is no multiple"):
        starting_network(recipe, NOWHERE)


def test_leading_stages_of_a_transformer_can_be_frozen():
    network, what = SMALL["vit_b_16"](7), Freeze(stages=2, depthwise=False)
    freeze(network, what)
    set_training_mode(network, what)
    first, second, third = network.encoder.layers
    assert not any(
        p.requires_grad for stage in (network.conv_proj, first) for p in stage.parameters()
    )
    assert all(p.requires_grad for p in second.parameters())
    assert (first.training, second.training, third.training) == (False, True, True)


@pytest.mark.usefixtures("small_builds")
@pytest.mark.parametrize("architecture", ["small_cnn", "vgg16", "vit_b_16"])
def test_network_from_random_weights_is_trained_exported_served_and_measured(
    architecture, data_set, tmp_path
):
    recipe, weights, work = (
        scratch_recipe(architecture, tmp_path),
        tmp_path / "w",
        tmp_path / "work",
    )
    data, out = ["--data", str(data_set)], ["--work", str(work), "--out", str(weights)]
    assert train_command(["--recipe", str(recipe), *data, *out]) == 0
    card = read_card(weights / "scratch")
    assert (card.architecture, card.training.images_seen) == (architecture, 32)

    start = starting_network(read_recipe(recipe), NOWHERE).state_dict()
    classifier = load_classifier(weights / "scratch")
    with Image.open(data_set / "mel0.jpg") as picture:
        pixels = picture.convert("RGB").tobytes()
    prediction = classifier.predict(Photo(pixels, 96, 72, 96, 72, "JPEG"))
    found = prediction.activation_map
    assert np.isfinite(found.values).all()
    assert max(found.values) == pytest.approx(1.0)
    assert sum(prediction.probabilities) == pytest.approx(1.0)
    checkpoint = torch.load(work / "checkpoint.pt", weights_only=True)["network"]
    assert not any(
        torch.equal(start[name], value) for name, value in checkpoint.items() if value.ndim > 1
    )

    table = [
        "--labels",
        str(data_set / "HAM10000_metadata.csv"),
        "--split",
        str(work / "split.csv"),
    ]
    model = ["--model", "scratch", "--weights", str(weights), "--images", str(data_set)]
    assert evaluate([*model, *table, "--into-card", "test", "--engine", "torch"]) == 0
    assert read_card(weights / "scratch").metrics["test"].images == card.training.images["test"]
