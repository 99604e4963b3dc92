"""What the weights that a run starts from have behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import safe_open

from skinapp.model.card import CARD_FILE, WEIGHTS_FILE, read_card
from skinapp.model.weights_file import check_weights
from skinapp.training.network_facts import FACTS_KEY, NetworkFacts
from skinapp.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a start file has behind it, where a run wrote it or a model's card tells.

    ``recipe`` made it; the fingerprints are those of the splits it was trained on, the home set's
    and the other sets' by name.
    """

    images_seen: int = 0
    elapsed_s: float = 0.0
    split_sha256: str = ""
    recipe: str = ""
    other_splits_sha256: Mapping[str, str] = field(default_factory=dict)


NOTHING_EARLIER = Earlier()


def earlier_training(recipe: Recipe, pretrained_dir: Path) -> Earlier:
    """Read it; nothing where the file comes from elsewhere, or isn't needed.

    Raises :class:`~skinapp.domain.errors.ModelRefused` for a model folder whose card does not
    belong to its weights.
    """
    if not recipe.pretrained:
        return NOTHING_EARLIER
    path = pretrained_dir / recipe.pretrained
    if path.name == WEIGHTS_FILE and (path.parent / CARD_FILE).is_file():
        return _of_model(path.parent)
    with safe_open(path, "pt") as file:
        facts = file.metadata() or {}
    images_seen = int(facts.get("images_seen", 0))
    network = facts.get(FACTS_KEY)
    others = NetworkFacts.model_validate_json(network).other_splits_sha256 if network else {}
    return Earlier(
        images_seen=images_seen,
        elapsed_s=float(facts.get("elapsed_s", 0)),
        split_sha256=facts.get("split_sha256", ""),
        recipe=f"recipes/{path.stem}.toml" if images_seen else "",
        other_splits_sha256=others,
    )


def _of_model(folder: Path) -> Earlier:
    card = read_card(folder)
    check_weights(card, folder)
    facts = card.training
    return Earlier(
        images_seen=facts.images_seen,
        elapsed_s=60 * facts.duration_minutes,
        split_sha256=facts.split_sha256,
        recipe=facts.recipe,
        other_splits_sha256=facts.other_splits_sha256,
    )
