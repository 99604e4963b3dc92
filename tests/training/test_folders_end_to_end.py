"""From a set of folders with contradictions to a model that is served, measured and explained."""

from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from skinapp.domain.lesions import ISIC9
from skinapp.evaluation.command import main as evaluate
from skinapp.evaluation.labels import find_images, read_labelled_images
from skinapp.evaluation.splits import read_split_rows
from skinapp.model.card import read_card
from skinapp.model.data_entries import CleaningEntry
from skinapp.synthetic import draw_lesion
from skinapp.training.command import main as train
from skinapp.training.follow import read_split
from skinapp.training.network_facts import FACTS_KEY, facts_of_run
from skinapp.training.recipe import read_recipe
from skinapp.training.split import split_by_lesion
from skinapp.training.trust_command import read_part
from skinapp.training.work_folder import write_split
from tests.training.conftest import CODES, RECIPE, replaced

IMAGES_A_CLASS = 8
KINDS = ("nevus", "melanoma", "keratosis", "vascular")


@pytest.fixture(scope="module")
def nine_folders(tmp_path_factory):
    """Every seborrheic keratosis but one stands among the melanomas as well."""
    root = tmp_path_factory.mktemp("nine")
    for place, lesion in enumerate(ISIC9):
        folder = root / "Train" / lesion.name.lower()
        folder.mkdir(parents=True)
        seeds = [2000 + 100 * place + number for number in range(IMAGES_A_CLASS)]
        for seed in seeds:
            if lesion.code == "sk" and seed != seeds[0]:
                draw(root / "Train" / "melanoma" / f"{seed}.jpg", place, seed)
            draw(folder / f"{seed}.jpg", place, seed)
    return root


def draw(path, place, seed):
    kind = KINDS[place % len(KINDS)]
    draw_lesion(kind, seed=seed, width_px=96, height_px=72).resize((64, 64)).save(path)


@pytest.fixture
def recipe_file(small_recipe_file):
    text = small_recipe_file.read_text()
    changes = {
        'taxonomy = "ham10000"': 'taxonomy = "isic9_cleaned"',
        "leaves = true": "leaves = false",
        '"b0.safetensors"': '"seen.safetensors"',
    }
    text = replaced(text, changes)
    small_recipe_file.write_text(text)
    return small_recipe_file


@pytest.fixture
def known(data_set, pretrained, tmp_path):
    """A set with its split, and a network that says that it learned from that split."""
    images = read_labelled_images([data_set], data_set / "HAM10000_metadata.csv", CODES)
    parts = split_by_lesion(images, validation_fraction=0.2, test_fraction=0.2, seed=5)
    write_split(parts, tmp_path / "known.csv")
    learned = facts_of_run(read_recipe(RECIPE), parts.sha256(), {}, None)
    facts = {"images_seen": "40", "elapsed_s": "60", FACTS_KEY: learned.model_dump_json()}
    save_file(load_file(pretrained / "b0.safetensors"), tmp_path / "seen.safetensors", facts)
    return [str(data_set), str(tmp_path / "known.csv")]


@pytest.fixture
def arguments(recipe_file, nine_folders, known, tmp_path):
    return [
        *("--recipe", str(recipe_file), "--data", str(nine_folders), "--layout", "folders"),
        *("--conflicts", "drop", "--pretrained", str(Path(known[1]).parent)),
        *("--work", str(tmp_path / "work")),
        *("--out", str(tmp_path / "weights")),
    ]


def parts_of(known):
    folder, split = known
    return read_split(Path(folder), Path(split))


def test_a_network_that_learned_from_a_split_not_followed_is_refused(arguments, capsys):
    assert train(arguments) == 2
    assert "--follow makes a set of folders keep to a split" in capsys.readouterr().err


def test_folders_become_a_model_that_is_measured_on_what_was_kept_apart(
    arguments, known, nine_folders, tmp_path
):
    assert train([*arguments, "--follow", *known]) == 0
    card = read_card(tmp_path / "weights" / "small")
    assert [label.code for label in card.labels] == [x.code for x in ISIC9 if x.code != "sk"]
    assert card.cleaning == (
        CleaningEntry(reason="One picture in two classes", images=2 * (IMAGES_A_CLASS - 1)),
        CleaningEntry(reason="A class of which too little is left to learn it", images=1),
    )
    assert sum(card.training.images.values()) == IMAGES_A_CLASS * len(card.labels)
    assert card.training.split_rule == "followed"
    # What it started from had learned from that split, and whoever starts from it has to know.
    home = parts_of(known)
    assert card.training.earlier_splits_sha256 == (home.sha256(),)
    # 6 steps of 4 views after 40 images.
    assert card.training.images_seen == 64

    split = tmp_path / "work" / "split.csv"
    options = ["--model", "small", "--weights", str(tmp_path / "weights"), "--engine", "torch"]
    options += ["--images", str(nine_folders), "--split", str(split), "--data", "nine folders"]
    assert evaluate([*options, "--into-card", "test"]) == 0
    measured = read_card(tmp_path / "weights" / "small").metrics["test"]
    assert measured.images == card.training.images["test"]

    codes = {label.code for label in card.labels}
    rows = read_split_rows(split)
    files = find_images([nine_folders], [row.image_id for row in rows], split)
    found = read_part(split, rows, "validation", files, codes)
    assert [image.path for image in found] == [
        nine_folders / f"{row.image_id}.jpg" for row in rows if row.part == "validation"
    ]
