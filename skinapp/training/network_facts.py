"""What a file of weights has to say so that its network can teach another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from safetensors import safe_open

from skinapp.domain.lesions import outputs_of
from skinapp.model.card import Card
from skinapp.training.recipe import Fold, Recipe

# Where they stand in the header of a file that a run writes.
FACTS_KEY = "network"


class NetworkFacts(BaseModel):
    """How to build the network, what it tells apart, and what it was not trained on.

    ``outputs`` are the codes of its outputs in their order; ``split_sha256`` and
    ``other_splits_sha256``, by name of the set, are the fingerprints of the splits it was trained
    on, the networks included that it went on from; ``earlier_splits_sha256`` are those of their
    home sets, where these were others.  The images of ``fold`` were left out of the training parts.
    """

    model_config = ConfigDict(frozen=True)

    architecture: str
    outputs: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    colour_constancy: bool = False
    split_sha256: str
    other_splits_sha256: dict[str, str] = {}
    earlier_splits_sha256: tuple[str, ...] = ()
    fold: Fold | None = None


def facts_of_run(
    recipe: Recipe,
    split_sha256: str,
    other_splits_sha256: Mapping[str, str],
    start: NetworkFacts | None,
) -> NetworkFacts:
    """The facts of a network that a recipe made on these splits, from a start with its own."""
    earlier = {start.split_sha256, *start.earlier_splits_sha256} if start else set()
    return NetworkFacts(
        architecture=recipe.architecture,
        outputs=tuple(leaf.code for leaf in outputs_of(recipe.taxonomy, leaves=recipe.leaves)),
        mean=recipe.input.mean,
        std=recipe.input.std,
        colour_constancy=recipe.input.colour_constancy,
        split_sha256=split_sha256,
        other_splits_sha256={
            **(start.other_splits_sha256 if start else {}),
            **other_splits_sha256,
        },
        earlier_splits_sha256=tuple(sorted(earlier - {split_sha256})),
        fold=recipe.split.fold,
    )


def facts_of_card(card: Card) -> NetworkFacts:
    """The facts of a model folder, which counts as trained on all of the training parts."""
    return NetworkFacts(
        architecture=card.architecture,
        outputs=tuple(entry.code for entry in card.leaves or card.labels),
        mean=card.input.mean,
        std=card.input.std,
        colour_constancy=card.input.colour_constancy,
        split_sha256=card.training.split_sha256,
        other_splits_sha256=card.training.other_splits_sha256,
        earlier_splits_sha256=card.training.earlier_splits_sha256,
    )


def read_facts(path: Path) -> NetworkFacts:
    """The facts in a file that a run wrote; raises ``ValueError`` where it has none."""
    with safe_open(path, "pt") as file:
        found = (file.metadata() or {}).get(FACTS_KEY)
    if found is None:
        raise ValueError("the file doesn't say what network it holds; export it as a model folder")
    return NetworkFacts.model_validate_json(found)
