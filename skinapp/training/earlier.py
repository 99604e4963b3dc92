"""What the weights that a run starts from have behind them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from skinapp.domain.lesions import outputs_of
from skinapp.model.card import CARD_FILE, WEIGHTS_FILE, read_card
from skinapp.model.weights_file import check_weights, sha256_of
from skinapp.training.network_facts import FACTS_KEY, NetworkFacts, facts_of_card
from skinapp.training.recipe import Recipe
from skinapp.training.splits_kept import Splits
from skinapp.training.start import PretrainedMismatch


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a start file has behind it, where a run wrote it or a model's card tells.

    ``recipe`` made it, ``facts`` say on what; None where it comes from elsewhere.
    """

    images_seen: int = 0
    elapsed_s: float = 0.0
    recipe: str = ""
    facts: NetworkFacts | None = None
    weights_sha256: str = ""


NOTHING_EARLIER = Earlier()


def earlier_training(recipe: Recipe, pretrained_dir: Path) -> Earlier:
    """Read it; nothing where a recipe starts from random weights.

    Raises :class:`PretrainedMismatch` for a file that was trained here and doesn't say on what,
    :class:`~skinapp.domain.errors.ModelRefused` for a model folder whose card does not belong to
    its weights.
    """
    if not recipe.pretrained:
        return NOTHING_EARLIER
    path = pretrained_dir / recipe.pretrained
    if path.name == WEIGHTS_FILE and (path.parent / CARD_FILE).is_file():
        return _of_model(path.parent)
    try:
        with safe_open(path, "pt") as file:
            told = file.metadata() or {}
    except SafetensorError as error:
        raise PretrainedMismatch(f"{path}: {error}") from None
    images_seen = int(told.get("images_seen", 0))
    facts = told.get(FACTS_KEY)
    if images_seen and not facts:
        raise PretrainedMismatch(f"{path} doesn't say what it was trained on")
    return Earlier(
        images_seen=images_seen,
        elapsed_s=float(told.get("elapsed_s", 0)),
        recipe=f"recipes/{path.stem}.toml" if images_seen else "",
        facts=NetworkFacts.model_validate_json(facts) if facts else None,
        weights_sha256=sha256_of(path),
    )


def _of_model(folder: Path) -> Earlier:
    card = read_card(folder)
    check_weights(card, folder)
    return Earlier(
        images_seen=card.training.images_seen,
        elapsed_s=60 * card.training.duration_minutes,
        recipe=card.training.recipe,
        facts=facts_of_card(card),
        weights_sha256=card.weights_sha256,
    )


def refuse_unfit_start(recipe: Recipe, earlier: Earlier, splits: Splits) -> None:
    """Raise :class:`PretrainedMismatch` for a start that knows what judges the run.

    Also for one whose classifier, where it is kept, tells other types apart.
    """
    facts = earlier.facts
    if facts is None:
        return
    if complaint := splits.complaint(facts, recipe):
        raise PretrainedMismatch(f"{recipe.pretrained} can't start this run: {complaint}")
    outputs = tuple(leaf.code for leaf in outputs_of(recipe.taxonomy, leaves=recipe.leaves))
    if not recipe.fresh_head and facts.outputs != outputs:
        raise PretrainedMismatch(
            f"{recipe.pretrained} tells other types apart than the recipe; fresh_head = true "
            "begins the classifier anew"
        )
