"""Finds a recipe's teachers, and refuses those that know images which judge the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from skinapp.domain.errors import ModelRefused
from skinapp.domain.lesions import LEAVES, outputs_of
from skinapp.model.card import read_card
from skinapp.model.heads import Network
from skinapp.model.network import build_network, check_input_size, load_network
from skinapp.model.weights_file import check_weights, sha256_of
from skinapp.training.network_facts import NetworkFacts, facts_of_card, read_facts
from skinapp.training.recipe import Fold, Recipe, Teacher
from skinapp.training.splits_kept import Splits
from skinapp.training.start import class_of_output
from skinapp.training.teacher import TeacherEnsemble, TeacherNetwork


class TeacherRefused(ValueError):
    """A teacher can't be read, tells other things apart, or has seen what it must not."""


@dataclass(frozen=True, slots=True)
class _Found:
    network: Network
    facts: NetworkFacts
    sha256: str


def read_teachers(
    recipe: Recipe, files: Path, folders: Path, splits: Splits, device: torch.device
) -> TeacherEnsemble | None:
    """Load the recipe's teachers: weights files from one folder, model folders from another.

    Nothing where the recipe has none.  Raises :class:`TeacherRefused`.
    """
    if recipe.teacher is None:
        return None
    members = []
    for name in recipe.teacher.weights:
        try:
            is_file = name.endswith(".safetensors")
            found = _read_file(files / name) if is_file else _read_folder(folders / name)
            for phase in recipe.phases:
                check_input_size(found.network, phase.size_px)
        except (ModelRefused, OSError, RuntimeError, SafetensorError, ValueError) as error:
            raise TeacherRefused(f"teacher {name}: {str(error).splitlines()[0]}") from None
        members.append(_member(name, found, recipe, splits))
    _check_folds(members, recipe.teacher)
    return TeacherEnsemble(members, recipe.teacher, class_of_output(recipe), device)


def _read_folder(folder: Path) -> _Found:
    card = read_card(folder)
    check_weights(card, folder)
    return _Found(load_network(card, folder), facts_of_card(card), card.weights_sha256)


def _read_file(path: Path) -> _Found:
    facts = read_facts(path)
    network = build_network(facts.architecture, len(facts.outputs))
    network.load_state_dict(load_file(path))
    return _Found(network, facts, sha256_of(path))


def _member(name: str, found: _Found, recipe: Recipe, splits: Splits) -> TeacherNetwork:
    """Check what a teacher says of itself.  Raises :class:`TeacherRefused`."""
    facts = found.facts
    leaves = facts.outputs != _codes(recipe, leaves=False)
    if leaves and (recipe.taxonomy not in LEAVES or facts.outputs != _codes(recipe, leaves=True)):
        raise TeacherRefused(f"teacher {name} tells other types apart than {recipe.taxonomy}")
    ours = recipe.input
    if (facts.mean, facts.std) != (ours.mean, ours.std):
        raise TeacherRefused(f"teacher {name} wants images normalised in another way")
    if facts.colour_constancy != ours.colour_constancy:
        raise TeacherRefused(f"teacher {name} wants images under another light")
    if complaint := splits.complaint(facts, recipe):
        raise TeacherRefused(f"teacher {name} can't be one: {complaint}")
    return TeacherNetwork(
        network=found.network,
        class_of_output=tuple(class_of_output(recipe.model_copy(update={"leaves": leaves}))),
        fold=facts.fold,
        weights_sha256=found.sha256,
    )


def _check_folds(members: Sequence[TeacherNetwork], settings: Teacher) -> None:
    """Every fold needs a network that has not seen it, and all have to mean the same folds."""
    if not settings.folds:
        return
    wanted = {Fold(count=settings.folds, left_out=fold) for fold in range(settings.folds)}
    found = {member.fold for member in members}
    if found != wanted:
        raise TeacherRefused(
            f"the teachers have to leave out each of {settings.folds} folds; found are: "
            + ", ".join(sorted(str(fold or "none left out") for fold in found))
        )


def _codes(recipe: Recipe, *, leaves: bool) -> tuple[str, ...]:
    return tuple(output.code for output in outputs_of(recipe.taxonomy, leaves=leaves))
