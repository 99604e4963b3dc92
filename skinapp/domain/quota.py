"""How many cases one session may make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from skinapp.domain.errors import QuotaReached

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Quota:
    """So many cases of one owner within an hour, as seen at a time (aware)."""

    per_hour: int
    now: datetime

    @property
    def since(self) -> datetime:
        """Cases that are younger than this count."""
        return self.now - _HOUR

    def check(self, made: Sequence[datetime]) -> None:
        """Raise :class:`QuotaReached` where one more would be too many.

        ``made`` says when the owner's cases were made that count, the oldest first.
        """
        if len(made) >= self.per_hour:
            # There is room again when as many are left as may be, less one.
            free_at = made[len(made) - self.per_hour] + _HOUR
            wait_s = max(1, round((free_at - self.now).total_seconds()))
            raise QuotaReached(per_hour=self.per_hour, retry_after_s=wait_s)
