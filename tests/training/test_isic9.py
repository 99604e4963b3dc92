"""The audit on a public set that is known to be faulty; file names tell the truth about it."""

import json
import os
from collections import defaultdict
from pathlib import Path, PurePath

import pytest

from skinapp.domain.lesions import HAM10000, TAXONOMIES
from skinapp.evaluation.labels import read_labelled_images
from skinapp.evaluation.splits import PARTS
from skinapp.training.audit_command import main
from skinapp.training.recipe import read_recipe
from skinapp.training.sources import read_sources
from skinapp.training.split import Parts, split_by_lesion

# Absolute, for the symbolic links that are made to it.
DATA = Path(
    os.environ.get("SKINAPP_DATA", Path(__file__).parents[3] / "shared" / "data")
).absolute()
# Reading all of HAM10000 would take a minute; every tenth image tells as much.
EVERY = 10
RECIPES = Path(__file__).parents[2] / "recipes"

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def some_of_ham10000(tmp_path_factory):
    root = tmp_path_factory.mktemp("ham")
    (root / "any").mkdir()
    for path in sorted((DATA / "ham10000").rglob("ISIC_*.jpg"))[::EVERY]:
        (root / "any" / path.name).symlink_to(path)
    return root


@pytest.fixture(scope="module")
def found(some_of_ham10000, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "isic9"
    assert main([str(DATA / "isic9"), "--out", str(out), "--against", str(some_of_ham10000)]) == 1
    report = json.loads(out.with_suffix(".json").read_text())
    return {finding["check"]: finding["items"] for finding in report["findings"]}


@pytest.fixture(scope="module")
def files():
    return [path.relative_to(DATA / "isic9") for path in (DATA / "isic9").rglob("*.jpg")]


def test_every_file_that_stands_in_two_classes_is_found(found, files):
    classes = defaultdict(set)
    for path in files:
        classes[path.stem].add(path.parent.name)
    torn = {str(path) for path in files if len(classes[path.stem]) > 1}
    assert len(torn) == 310
    assert torn <= {name for group in found["picture_in_two_classes"] for name in group}


def test_every_file_that_is_also_in_ham10000_is_found(found, files, some_of_ham10000):
    shared = {path.stem for path in some_of_ham10000.rglob("*.jpg")}
    theirs = {str(path) for path in files if path.stem in shared}
    assert len(theirs) > 100
    assert theirs <= {item[0] for item in found["also_elsewhere"]}


def test_hardly_anything_else_is_taken_for_the_same_picture(found):
    wrong = [
        item
        for item in found["also_elsewhere"]
        if PurePath(item[0]).stem.split("(")[0] != PurePath(item[1]).stem
    ]
    assert len(wrong) <= 2


@pytest.fixture(scope="module")
def part_of_ham10000():
    """Some of the images that the starting network was trained, chosen and measured with."""
    recipe = read_recipe(RECIPES / "ham10000-efficientnet-b4-first.toml")
    table = DATA / "ham10000" / "HAM10000_metadata.csv"
    parts = split_by_lesion(
        read_labelled_images([DATA / "ham10000"], table, [lesion.code for lesion in HAM10000]),
        validation_fraction=recipe.split.validation_fraction,
        test_fraction=recipe.split.test_fraction,
        seed=recipe.seed,
    )
    return Parts(*(parts.named(part)[::EVERY] for part in PARTS))


def test_no_picture_judges_a_network_that_learned_from_it(part_of_ham10000):
    recipe = read_recipe(RECIPES / "isic9-efficientnet-b4.toml")
    codes = [lesion.code for lesion in TAXONOMIES[recipe.taxonomy]]
    home, *_ = read_sources(
        recipe, DATA / "isic9", None, DATA, codes, conflicts="drop", follow=[part_of_ham10000]
    )
    there = {image.image_id: part for part in PARTS for image in part_of_ham10000.named(part)}
    both = [
        (there[image.path.stem], part)
        for part in PARTS
        for image in home.parts.named(part)
        if image.path.stem in there
    ]
    assert len(both) > 100
    assert {part for part, _ in both} == set(PARTS)
    assert all(theirs == ours for theirs, ours in both)
