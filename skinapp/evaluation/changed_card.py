"""Whether a model is still the one that was measured."""

from __future__ import annotations

from pathlib import Path

from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.model.card import Card, read_card


def unchanged_card(measured: Card, folder: Path) -> Card:
    """The card as it is now, which differs in its figures at most: much may have happened.

    Raises :class:`LabelsUnreadable` where it is not the one any more that was ``measured``.
    """
    now = read_card(folder)
    if now.model_copy(update={"metrics": measured.metrics}) != measured:
        raise LabelsUnreadable(f"{folder}: the card was changed meanwhile; evaluate again")
    return now
