"""A training set small enough to train on in a test."""

import csv
import re
from pathlib import Path

import pytest
from safetensors.torch import save_file

from skinapp.evaluation.labels import read_labelled_images
from skinapp.model.network import build_network
from skinapp.synthetic import draw_lesion
from skinapp.training.data import Pool
from skinapp.training.recipe import read_recipe
from tests.model_folders import model_folder, random_network
from tests.small_networks import small_builds

__all__ = ["model_folder", "random_network", "small_builds"]

RECIPE = Path(__file__).parents[2] / "recipes" / "ham10000-efficientnet-b4-first.toml"
CODES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
LESIONS_A_CLASS = 7


@pytest.fixture(scope="session")
def data_set(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    kinds = ("nevus", "melanoma", "keratosis", "vascular")
    with (folder / "HAM10000_metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["lesion_id", "image_id", "dx"])
        for place, code in enumerate(CODES):
            for lesion in range(LESIONS_A_CLASS):
                name = f"{code}{lesion}"
                kind = kinds[place % len(kinds)]
                picture = draw_lesion(kind, seed=100 * place + lesion, width_px=96, height_px=72)
                picture.save(folder / f"{name}.jpg")
                table.writerow([f"L{name}", name, code])
    with (folder / "isic_archive_metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["isic_id", "diagnosis_3"])
        diagnoses = ("Solar or actinic keratosis", "Squamous cell carcinoma, NOS")
        table.writerows((f"akiec{lesion}", diagnoses[lesion % 2]) for lesion in range(7))
    return folder


@pytest.fixture
def images(data_set):
    return read_labelled_images([data_set], data_set / "HAM10000_metadata.csv", CODES)


def pool_of(images, share=1.0):
    return Pool(images, [CODES.index(image.code) for image in images], share)


@pytest.fixture(scope="session")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained")
    state = build_network("efficientnet_b0", 1000).state_dict()
    del state["features.7.0.block.0.0.weight"], state["classifier.1.weight"]
    save_file(
        {name: tensor.contiguous() for name, tensor in state.items()}, folder / "b0.safetensors"
    )
    return folder


def replaced(text, changes):
    """A recipe's text with some of it changed; what is to be changed has to be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.fixture
def small_recipe_file(tmp_path):
    text = RECIPE.read_text()
    # The small set has no other clinic beside it.
    text, sets = re.subn(r"\[\[extra\]\].*?\n\n", "", text, flags=re.DOTALL)
    assert sets == 1
    text = replaced(
        text,
        {
            'name = "ham10000-efficientnet-b4-first"': 'name = "small"',
            "efficientnet_b4_imagenet.safetensors": "b0.safetensors",
            'architecture = "efficientnet_b4"': 'architecture = "efficientnet_b0"',
            "size_px = 224\nsteps = 1400": "size_px = 32\nsteps = 3",
            "size_px = 272\nsteps = 900": "size_px = 48\nsteps = 3",
            "validation_size_px = 256": "validation_size_px = 48",
            "[256, 288, 320]": "[48, 64]",
            "batch_size = 32": "batch_size = 4",
            "decay_steps = 2300": "decay_steps = 6",
            "validate_every_steps = 500": "validate_every_steps = 3",
            "checkpoint_every_steps = 100": "checkpoint_every_steps = 2",
        },
    )
    path = tmp_path / "small.toml"
    path.write_text(text)
    return path


@pytest.fixture
def small_recipe(small_recipe_file):
    return read_recipe(small_recipe_file)
