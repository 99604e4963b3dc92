"""Writing what was fitted into a model's folder, and what was measured by it out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.model.card import Card, read_card, write_card
from skinapp.model.evidence import forget_measured
from skinapp.model.novelty import NOVELTY_FILE
from skinapp.model.trust_entries import NoveltyEntry
from skinapp.model.weights_file import sha256_of
from skinapp.training.trust import FittedNovelty


def keep_fitted(
    card: Card, entry: NoveltyEntry, fitted: FittedNovelty, folder: Path, *, measured: Card
) -> NoveltyEntry:
    """Write all that was fitted, one after the other, when nothing is left that could fail.

    Figures that were measured by other rules say nothing of these, and leave the card.  Raises
    :class:`LabelsUnreadable` where the card is not the one any more that was ``measured``.
    """
    if read_card(folder) != measured:
        raise LabelsUnreadable(f"{folder}: the card was changed meanwhile; fit again")
    statistics = folder / NOVELTY_FILE
    # The old card doesn't fit the new statistics: a card without any stands between the two.
    write_card(card.model_copy(update={"novelty": None}), folder)
    _save(fitted, statistics)
    novelty = with_further(
        entry.model_copy(update={"statistics_sha256": sha256_of(statistics)}), measured.novelty
    )
    final = card.model_copy(update={"novelty": novelty})
    if _rules_of(final) != _rules_of(measured):
        if card.metrics:
            print("The card's figures were measured by other rules: run evaluate.py again.")
        final = final.model_copy(update={"metrics": {}})
        forget_measured(folder)
    write_card(final, folder)
    return novelty


def with_further(entry: NoveltyEntry, before: NoveltyEntry | None) -> NoveltyEntry:
    """The same with what further pictures showed, if the rule and its kinds still are the same."""
    if before is None or not before.further:
        return entry
    if before.rule == entry.rule and not before.further.keys() & {*entry.chosen_with, *entry.far}:
        return entry.model_copy(update={"further": before.further})
    print(
        "Further foreign pictures were judged by another rule, or are of kinds that the fit has "
        "now: run check_refusal.py again, with pictures of other kinds."
    )
    return entry


def _rules_of(card: Card) -> tuple[object, ...]:
    """All in a card that its figures depend on, and that is fitted here."""
    return (
        card.temperature,
        card.rarity,
        card.operating_points,
        card.prediction_sets,
        card.novelty and card.novelty.rule,
    )


def _save(fitted: FittedNovelty, path: Path) -> None:
    partial = path.with_suffix(".partial")
    save_file(
        {name: np.ascontiguousarray(value) for name, value in fitted.statistics.items()}, partial
    )
    # safetensors makes files for its user alone; a server often runs as another one.
    partial.chmod(0o644)
    partial.replace(path)
