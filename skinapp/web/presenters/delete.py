"""The words of the page that asks before a case is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from skinapp.web.presenters.result import utc_words


@dataclass(frozen=True, slots=True)
class DeletePage:
    """The case in question, and when it was made (UTC, aware)."""

    case_id: str
    created_at: datetime

    @property
    def created(self) -> str:
        """When, in words, in universal time."""
        return utc_words(self.created_at)

    @property
    def created_iso(self) -> str:
        """When, for programs."""
        return self.created_at.isoformat()
