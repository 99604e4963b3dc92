"""The two views of a result, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ResultView(StrEnum):
    """What a reader wants to know; the values stand in addresses and forms."""

    TYPES = "types"
    TRIAGE = "triage"


@dataclass(frozen=True, slots=True)
class ViewChoice:
    """One view to choose."""

    value: str
    label: str
    hint: str
    chosen: bool


def parse_view(text: str | None) -> ResultView | None:
    """Return the view of that name; None where there is none, since a link may be mistyped."""
    return next((view for view in ResultView if view == text), None)


def view_choices(chosen: ResultView) -> tuple[ViewChoice, ...]:
    """Put the views into words."""
    words = (
        (ResultView.TYPES, "Lesion type", "A probability for each type"),
        (ResultView.TRIAGE, "Refer or not", "The threshold and its error rates first"),
    )
    return tuple(ViewChoice(view, label, hint, view is chosen) for view, label, hint in words)
