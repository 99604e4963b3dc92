"""A recipe is checked when it is read."""

import re
from pathlib import Path

import pytest

from skinapp.training.recipe import RecipeUnreadable, read_recipe

FOLDER = Path(__file__).parents[2] / "recipes"
RECIPES = sorted(FOLDER.glob("*.toml"))
FIRST = FOLDER / "ham10000-efficientnet-b4-first.toml"
TEXT = FIRST.read_text()


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_committed_recipe_is_valid_and_named_after_its_file(path):
    assert read_recipe(path).name == path.stem


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("test_fraction = 0.15", "test_fraction = 0.95", "split.test_fraction"),
        ("crop_scale = [0.25, 1.0]", "crop_scale = [1.0, 0.25]", "augmentation.crop_scale"),
        ("batch_size = 32", "batch_size = 0", "optimiser.batch_size"),
        ("share = 0.2", "share = 1.0", "share"),
        ("flips = true", "flips = true\nmirrors = true", "augmentation.mirrors"),
        ('taxonomy = "ham10000"', 'taxonomy = "ham1000"', "'ham1000' is none of"),
        ('"efficientnet_b4"', '"efficientnet_b44"', "'efficientnet_b44' is none of"),
        ("[split]", "[split", "recipe.toml: "),
    ],
)
def test_nonsense_in_a_recipe_is_refused_and_named(tmp_path, old, new, named):
    assert old in TEXT
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(TEXT.replace(old, new))
    with pytest.raises(RecipeUnreadable, match=re.escape(named)):
        read_recipe(recipe)


def test_sizes_follow_the_phases():
    recipe = read_recipe(FIRST)
    first, second = recipe.phases[:2]
    assert recipe.size_at(first.steps - 1) == first.size_px
    assert recipe.size_at(first.steps) == second.size_px
    assert recipe.size_at(recipe.steps - 1) == recipe.phases[-1].size_px


def test_words_for_the_card_do_not_make_another_recipe(tmp_path):
    changed = tmp_path / "recipe.toml"
    changed.write_text(TEXT.replace('data = "HAM10000"', 'data = "HAM-10000"'))
    assert read_recipe(changed).fingerprint() == read_recipe(FIRST).fingerprint()


def test_another_seed_makes_another_recipe(tmp_path):
    changed = tmp_path / "recipe.toml"
    changed.write_text(TEXT.replace("seed = ", "seed = 1"))
    assert read_recipe(changed).fingerprint() != read_recipe(FIRST).fingerprint()


def test_a_decision_that_is_left_at_its_default_does_not_make_another_recipe(tmp_path):
    spelt_out = tmp_path / "recipe.toml"
    spelt_out.write_text(TEXT.replace("clip_norm = 5.0", "clip_norm = 5.0\nlogit_adjustment = 0.0"))
    changed = tmp_path / "changed.toml"
    changed.write_text(TEXT.replace("clip_norm = 5.0", "clip_norm = 5.0\nlogit_adjustment = 0.5"))
    first = read_recipe(FIRST).fingerprint()
    assert read_recipe(spelt_out).fingerprint() == first != read_recipe(changed).fingerprint()


@pytest.mark.parametrize(
    ("unseen", "problem"),
    [
        ('["naevus"]', "ham10000 has no class 'naevus'"),
        ('["akiec", "bcc", "bkl", "df", "mel", "nv"]', "two classes at least have to be learned"),
    ],
)
def test_unseen_classes_that_make_no_sense_are_refused(tmp_path, unseen, problem):
    recipe = tmp_path / "recipe.toml"
    old = "test_fraction = 0.15"
    assert TEXT.count(old) == 1
    recipe.write_text(TEXT.replace(old, f"{old}\nunseen = {unseen}"))
    with pytest.raises(ValueError, match=problem):
        read_recipe(recipe)


def test_a_recipe_of_folds_is_one_for_each_of_them():
    recipe = read_recipe(FOLDER / "ham10000-efficientnet-b4-fold.toml")
    networks = [recipe.leaving_out(fold) for fold in range(3)]
    assert [each.name for each in networks] == [f"{recipe.name}-{fold}" for fold in range(3)]
    assert [each.split.fold.left_out for each in networks] == [0, 1, 2]
    assert len({each.fingerprint() for each in networks}) == 3


def test_a_fold_that_is_not_there_is_refused():
    with pytest.raises(RecipeUnreadable, match="none of 3 folds"):
        read_recipe(FOLDER / "ham10000-efficientnet-b4-fold.toml").leaving_out(3)
    with pytest.raises(RecipeUnreadable, match="leaves no fold out"):
        read_recipe(FIRST).leaving_out(0)
