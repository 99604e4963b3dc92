"""Folds of the training part, which keep lesions whole and classes even."""

from collections import Counter
from dataclasses import replace

import pytest

from skinapp.evaluation.labels import LabelledImage, read_labelled_images
from skinapp.training.data import ViewStream
from skinapp.training.folds import UNTAUGHT, fold_of_lesion, without_fold
from skinapp.training.pools import training_pools
from skinapp.training.recipe import Extra, Fold, Teacher
from skinapp.training.sources import Source
from skinapp.training.split import Parts
from tests.training.conftest import CODES


@pytest.fixture
def parts(tmp_path):
    """Eight melanomas and sixteen nevi, each photographed twice."""
    lesions = [("mel", number) for number in range(8)] + [("nv", number) for number in range(16)]
    images = tuple(
        LabelledImage(f"{code}{number}-{shot}", tmp_path, code, f"L{code}{number}")
        for code, number in lesions
        for shot in (1, 2)
    )
    return Parts(training=images, validation=images[:2], test=images[2:4])


def test_every_class_is_dealt_out_evenly_and_by_lesion(parts):
    folds = fold_of_lesion(parts.training, 4)
    counts = Counter((lesion[1:3], fold) for lesion, fold in folds.items())
    assert counts == {(code, k): n for code, n in (("me", 2), ("nv", 4)) for k in range(4)}


def test_each_training_image_is_left_out_once(parts):
    left = []
    for fold in range(4):
        kept = without_fold(parts, Fold(count=4, left_out=fold))
        assert (kept.validation, kept.test) == (parts.validation, parts.test)
        left += set(parts.training) - set(kept.training)
    assert Counter(left) == Counter(parts.training)


def test_without_folds_nothing_is_left_out(parts):
    assert without_fold(parts, None) is parts


@pytest.fixture
def source(data_set):
    images = read_labelled_images([data_set], data_set / "HAM10000_metadata.csv", CODES)
    return Source("home", Parts(tuple(images), (), ()), 1.0)


def test_a_run_draws_nothing_from_the_fold_that_it_leaves_out(small_recipe, data_set, source):
    fold = Fold(count=3, left_out=1)
    split = small_recipe.split.model_copy(update={"fold": fold})
    (pool,) = training_pools(small_recipe.model_copy(update={"split": split}), [source], data_set)
    folds = fold_of_lesion(source.parts.training, 3)
    assert {folds[image.lesion_id] for image in pool.images} == {0, 2}
    assert len(pool.targets) == len(pool.images) < len(source.parts.training)


def test_the_fold_of_every_drawn_image_is_known_where_folds_teach(small_recipe, data_set, source):
    teacher = Teacher(weights=("a", "b", "c"), temperature=1, share=1, folds=3)
    recipe = small_recipe.model_copy(update={"teacher": teacher})
    stream = ViewStream(training_pools(recipe, [source], data_set), recipe)
    folds = fold_of_lesion(source.parts.training, 3)
    for step in (0, recipe.steps - 1):
        start = step * stream.batch_size
        drawn = stream._draws[start : start + stream.batch_size]
        expected = [folds[stream._images[draw].lesion_id] for draw in drawn]
        assert stream.folds_at(step).tolist() == expected


def test_a_set_that_is_not_taught_is_of_no_fold_that_teaches(small_recipe, data_set, source):
    teacher = Teacher(weights=("a", "b"), temperature=1, share=1, folds=2)
    clinic = Extra(
        folder="clinic", share=0.4, validation_fraction=0.2, test_fraction=0.2, taught=False
    )
    recipe = small_recipe.model_copy(update={"teacher": teacher, "extra": (clinic,)})
    sources = [source, replace(source, name="clinic")]
    home, other = training_pools(recipe, sources, data_set)
    assert set(home.folds) == {0, 1}
    assert set(other.folds) == {UNTAUGHT}
    assert len(other.folds) == len(other.images)


def test_a_run_draws_from_the_training_part_alone(small_recipe, data_set, source):
    first, second, *rest = source.parts.training
    parts = Parts(tuple(rest), (first,), (second,))
    (pool,) = training_pools(small_recipe, [Source("home", parts, 1.0)], data_set)
    assert list(pool.images) == rest
