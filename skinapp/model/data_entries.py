"""What a card keeps of the look at its training data: the audit's findings, and the cleaning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FindingEntry(_Part):
    """A kind of trouble in a data set, and how many of its files have it."""

    check: str
    severity: Literal["error", "warning", "note"]
    title: str
    files: Count


class DataAuditEntry(_Part):
    """What ``scripts/audit_data.py`` found in a set as it came, before any cleaning.

    ``against`` names the sets that it was compared with.
    """

    data: str
    files: Count
    against: tuple[str, ...]
    findings: tuple[FindingEntry, ...]


class CleaningEntry(_Part):
    """A reason for which images were left out of training and all figures, and how many."""

    reason: str
    images: Count
