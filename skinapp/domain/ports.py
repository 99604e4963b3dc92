"""What the story needs from the rooms below it."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from skinapp.domain.assessment import Rules
from skinapp.domain.case import Case, CaseEntry, CaseImages
from skinapp.domain.engine import EngineReport
from skinapp.domain.photo import Photo
from skinapp.domain.prediction import Prediction
from skinapp.domain.quota import Quota


class Classifier(Protocol):
    """A model that is ready to answer."""

    @property
    def rules(self) -> Rules:
        """By what a prediction becomes an assessment."""
        ...

    @property
    def input_size_px(self) -> int:
        """Side of the square that the network sees."""
        ...

    @property
    def engine(self) -> EngineReport:
        """What runs it."""
        ...

    def begin(self, photo: Photo) -> Future[Prediction]:
        """Begin to classify one photo; safe to call from several threads."""
        ...


class CaseStore(Protocol):
    """Where cases are kept.  Every call is one transaction.

    ``owner`` is the secret of the browser session that made the case; only it opens the case.
    """

    def add(self, case: Case, images: CaseImages, owner: str, quota: Quota | None = None) -> None:
        """Keep a case, whole or not at all.

        Raises :class:`~skinapp.domain.errors.CaseKept` where there is one of its id, and
        :class:`~skinapp.domain.errors.QuotaReached` where the owner's ``quota`` leaves no
        room for it; of cases that come at once none slips in beside another.
        """
        ...

    def made_since(self, owner: str, since: datetime) -> tuple[datetime, ...]:
        """When this owner's cases were made that are younger than a time; the oldest first."""
        ...

    def made_at(self, case_id: str, owner: str) -> datetime:
        """When a case was made, which tells even of one that can't be read.

        Raises :class:`~skinapp.domain.errors.CaseNotFound` for anybody but the owner.
        """
        ...

    def get(self, case_id: str, owner: str) -> Case:
        """Likewise, all of it.

        Raises :class:`~skinapp.domain.errors.RecordUnreadable` for what another version kept.
        """
        ...

    def recent(self, owner: str, since: datetime, at_most: int) -> tuple[CaseEntry, ...]:
        """The newest of this owner's cases that are younger than a time, the newest first."""
        ...

    def images(self, case_id: str, owner: str) -> CaseImages:
        """Likewise, the pictures."""
        ...

    def delete(self, case_id: str, owner: str) -> None:
        """Remove a case and its pictures; :class:`~skinapp.domain.errors.CaseNotFound` as above."""
        ...

    def purge(self, created_before: datetime) -> int:
        """Remove all cases made before a time; return how many."""
        ...

    def check(self) -> None:
        """Raise if nothing can be kept now."""
        ...
