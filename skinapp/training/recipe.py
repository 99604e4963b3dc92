"""A recipe: every decision that makes a model, in one committed TOML file."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from skinapp.domain.lesions import TAXONOMIES
from skinapp.model.network import ARCHITECTURES
from skinapp.training.recipe_parts import (
    Adversary,
    Augmentation,
    Degradation,
    Extra,
    Facts,
    Fold,
    Fraction,
    Freeze,
    Input,
    Optimiser,
    Part,
    Phase,
    Split,
    Teacher,
)

__all__ = [
    "Adversary",
    "Augmentation",
    "Degradation",
    "Extra",
    "Fold",
    "Freeze",
    "Input",
    "Optimiser",
    "Recipe",
    "Teacher",
    "read_recipe",
]

LEAST_CLASSES = 2


class RecipeUnreadable(ValueError):
    """A recipe can't be read, or asks for what is not there; says what is wrong."""


class Recipe(Part):
    """The whole recipe, checked when read.

    ``blends`` are the shares that the run's average may have in the final weights, the rest being
    the weights it started from; the validation part chooses.  With ``leaves`` the network learns
    the finest diagnoses there are, of which a class is the sum.  Where ``pretrained`` is empty the
    network starts from random weights; ``start`` says whether that file holds this network
    (``whole``) or a larger one of its family, from which weights are selected (``selected``).
    """

    name: str
    taxonomy: str
    architecture: str
    pretrained: str = ""
    start: Literal["whole", "selected"] = "whole"
    fresh_head: bool
    leaves: bool = False
    seed: int
    split: Split
    extra: tuple[Extra, ...] = ()
    input: Input
    blends: Annotated[tuple[Fraction, ...], Field(min_length=1)] = (1.0,)
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    freeze: Freeze
    augmentation: Augmentation
    optimiser: Optimiser
    teacher: Teacher | None = None
    adversary: Adversary | None = None
    validate_every_steps: Annotated[int, Field(gt=0)]
    checkpoint_every_steps: Annotated[int, Field(gt=0)]
    facts: Facts

    @property
    def steps(self) -> int:
        """Optimiser steps over all phases."""
        return sum(phase.steps for phase in self.phases)

    @property
    def sizes_px(self) -> set[int]:
        """Every input size in pixels that the recipe names."""
        shape = self.input
        of_phases = (phase.size_px for phase in self.phases)
        return {*of_phases, *shape.candidate_sizes_px, shape.validation_size_px}

    def size_at(self, step: int) -> int:
        """Input size in pixels at a step counted from 0."""
        for phase in self.phases:
            if step < phase.steps:
                return phase.size_px
            step -= phase.steps
        return self.phases[-1].size_px

    def leaving_out(self, fold: int) -> Recipe:
        """The same recipe for another of its folds, which its name then tells.

        Raises :class:`RecipeUnreadable` where it has no folds, or not as many.
        """
        if self.split.fold is None:
            raise RecipeUnreadable("--fold: the recipe leaves no fold out")
        try:
            left_out = Fold(count=self.split.fold.count, left_out=fold)
        except ValidationError as error:
            raise RecipeUnreadable(f"--fold: {_worded(error)}") from None
        split = self.split.model_copy(update={"fold": left_out})
        return self.model_copy(update={"name": f"{self.name}-{fold}", "split": split})

    def fingerprint(self) -> str:
        """SHA-256 of all that changes the weights; a checkpoint of another recipe is refused.

        What is at its default is left out, so that a new field does not orphan old checkpoints.
        """
        decisions = self.model_dump_json(exclude={"facts"}, exclude_defaults=True)
        return hashlib.sha256(decisions.encode()).hexdigest()

    @model_validator(mode="after")
    def _names_are_known(self) -> Recipe:
        if self.taxonomy not in TAXONOMIES:
            raise ValueError(f"taxonomy: {self.taxonomy!r} is none of {', '.join(TAXONOMIES)}")
        if self.architecture not in ARCHITECTURES:
            raise ValueError(
                f"architecture: {self.architecture!r} is none of {', '.join(ARCHITECTURES)}"
            )
        return self

    @model_validator(mode="after")
    def _ranges_are_ordered(self) -> Recipe:
        for name in ("crop_scale", "crop_ratio"):
            low, high = getattr(self.augmentation, name)
            if low > high:
                raise ValueError(f"augmentation.{name}: {low} is above {high}")
        if sum(extra.share for extra in self.extra) >= 1:
            raise ValueError("extra: no share is left for the home set")
        if self.split.validation_fraction + self.split.test_fraction >= 1:
            raise ValueError("split: nothing is left to train on")
        return self

    @model_validator(mode="after")
    def _unseen_classes_are_some_of_the_taxonomy(self) -> Recipe:
        codes = {lesion.code for lesion in TAXONOMIES.get(self.taxonomy, ())}
        if unknown := set(self.split.unseen) - codes:
            raise ValueError(f"split.unseen: {self.taxonomy} has no class {min(unknown)!r}")
        if self.split.unseen and len(codes - set(self.split.unseen)) < LEAST_CLASSES:
            raise ValueError("split.unseen: two classes at least have to be learned")
        return self

    @model_validator(mode="after")
    def _random_weights_learn(self) -> Recipe:
        if self.pretrained:
            return self
        if self.start == "selected":
            raise ValueError("start: there is no larger network to select weights from")
        if not self.fresh_head or self.freeze.stages or self.freeze.depthwise:
            raise ValueError("pretrained: without it all weights are random and have to learn")
        if self.blends != (1.0,):
            raise ValueError("blends: there are no pretrained weights to blend with")
        return self

    @model_validator(mode="after")
    def _selection_has_a_family(self) -> Recipe:
        # Their stages have the same layers, filters and names from B0 to B7; V2's differ.
        if self.start == "selected" and not self.architecture.startswith("efficientnet_b"):
            raise ValueError(f"start: weights can't be selected for {self.architecture}")
        return self

    @model_validator(mode="after")
    def _folds_stay_apart(self) -> Recipe:
        if self.teacher and self.teacher.folds and self.optimiser.mixup_alpha:
            raise ValueError("teacher.folds: no network has seen neither of two images mixed")
        return self

    @model_validator(mode="after")
    def _adversary_has_sets_to_tell_apart(self) -> Recipe:
        if self.adversary and not self.extra:
            raise ValueError("adversary: there is no other set than the home set")
        return self

    @model_validator(mode="after")
    def _untaught_sets_are_told_by_fold(self) -> Recipe:
        untaught = not all(extra.taught for extra in self.extra)
        if untaught and not (self.teacher and self.teacher.folds):
            raise ValueError("extra.taught: only networks of folds can leave a set to its labels")
        return self


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe.  Raises :class:`RecipeUnreadable` with what is wrong."""
    try:
        with path.open("rb") as file:
            return Recipe.model_validate(tomllib.load(file))
    except ValidationError as error:
        raise RecipeUnreadable(f"{path}: {_worded(error)}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeUnreadable(f"{path}: {error}") from None


def _worded(error: ValidationError) -> str:
    """What is wrong, with the name of the decision where there is one."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}".lstrip(": ")
        for each in error.errors(include_url=False)
    )
