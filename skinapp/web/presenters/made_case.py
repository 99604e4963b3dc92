"""Which case a page speaks of, and when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCase:
    """A case's id and its time (UTC, aware)."""

    case_id: str
    created_at: datetime

    @property
    def created(self) -> str:
        """When the photo was assessed, in words."""
        return utc_words(self.created_at)

    @property
    def created_iso(self) -> str:
        """Likewise, for machines."""
        return self.created_at.isoformat()


def utc_words(moment: datetime) -> str:
    """Return an aware UTC time, as in "4 May 2026, 12:00 UTC"."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
