"""The audit of a data set: what in it would mislead a training or flatter a test."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from skinapp.model.data_entries import DataAuditEntry, FindingEntry
from skinapp.training.audit_files import FileFacts, look_into
from skinapp.training.fingerprint import (
    Thumbnails,
    Twin,
    picture_groups,
    twins_between,
    twins_within,
)
from skinapp.training.inventory import Inventory

Severity = Literal["error", "warning", "note"]
# Below this a class can be neither learned nor measured with any certainty.
LEAST_IMAGES = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of trouble; each item is a row of what belongs together, first file names."""

    check: str
    severity: Severity
    title: str
    meaning: str
    files: int
    items: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the checks look at; positions in the lists are those of the records."""

    inventory: Inventory
    files: Sequence[FileFacts]
    pictures: Sequence[int]
    twins: Sequence[Twin]

    def members(self) -> list[list[int]]:
        """Positions of the images of each picture that is there more than once."""
        groups: dict[int, list[int]] = defaultdict(list)
        for place, picture in enumerate(self.pictures):
            groups[picture].append(place)
        return [group for group in groups.values() if len(group) > 1]


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another set that ours must not share images with, and which it does share."""

    inventory: Inventory
    files: Sequence[FileFacts]
    twins: Sequence[Twin]


@dataclass(frozen=True, slots=True)
class Audit:
    """The outcome, ready to be written."""

    root: str
    layout: str
    images: int
    classes: dict[str, int]
    parts: dict[str, int]
    sizes: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many kinds of error there are."""
        return sum(finding.severity == "error" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)

    def entry(self, data: str, against: Sequence[str]) -> DataAuditEntry:
        """The counts, for the card of a model trained on the set; ``data`` is its name there."""
        return DataAuditEntry(
            data=data,
            files=self.images,
            against=tuple(against),
            findings=tuple(
                FindingEntry(check=x.check, severity=x.severity, title=x.title, files=x.files)
                for x in self.findings
            ),
        )


def finding_if(
    check: str,
    severity: Severity,
    title: str,
    meaning: str,
    *,
    files: int,
    items: Sequence[tuple[str, ...]],
) -> Finding | None:
    """A finding, or None where it has no items."""
    if not items:
        return None
    return Finding(check, severity, title, meaning, files, tuple(items))


def gather(inventory: Inventory) -> tuple[Evidence, Thumbnails]:
    """Look into all files of a set and find the pictures that are there more than once."""
    files, thumbnails = look_into([record.path for record in inventory.records])
    twins = [*twins_within(thumbnails), *_identical(files)]
    return Evidence(inventory, files, picture_groups(len(files), twins), twins), thumbnails


def compare(thumbnails: Thumbnails, theirs: Inventory) -> Foreign:
    """Find our pictures in another set."""
    files, their_thumbnails = look_into([record.path for record in theirs.records])
    return Foreign(theirs, files, twins_between(thumbnails, their_thumbnails))


def _identical(files: Sequence[FileFacts]) -> list[Twin]:
    """Files with the same bytes, readable or not."""
    first: dict[str, int] = {}
    return [
        Twin(first[facts.sha256], place, 1.0, "same frame")
        for place, facts in enumerate(files)
        if facts.sha256 and first.setdefault(facts.sha256, place) != place
    ]


def summarise(evidence: Evidence, findings: Sequence[Finding]) -> Audit:
    """Join counts and findings, the worst first."""
    records = evidence.inventory.records
    order = ("error", "warning", "note")
    return Audit(
        root=evidence.inventory.root.name,
        layout=evidence.inventory.layout,
        images=len(records),
        classes=dict(Counter(record.code or "(none)" for record in records).most_common()),
        parts=dict(Counter(record.part or "(none)" for record in records).most_common()),
        sizes=dict(
            Counter(
                f"{f.width_px} x {f.height_px}" for f in evidence.files if f.width_px
            ).most_common()
        ),
        findings=tuple(sorted(findings, key=lambda finding: order.index(finding.severity))),
    )


def names(inventory: Inventory, places: Sequence[int]) -> tuple[str, ...]:
    """File names of positions."""
    return tuple(inventory.records[place].name for place in places)


def parts_of(inventory: Inventory, places: Sequence[int]) -> set[str]:
    """The parts in which positions stand, where they do."""
    return {inventory.records[place].part for place in places} - {""}


def codes_of(inventory: Inventory, places: Sequence[int]) -> set[str]:
    """The classes in which positions stand, where they do."""
    return {inventory.records[place].code for place in places} - {""}


def by_lesion(inventory: Inventory) -> list[list[int]]:
    """Positions of the images of each lesion that has several."""
    groups: dict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(inventory.records):
        if record.lesion_id:
            groups[record.lesion_id].append(place)
    return [group for group in groups.values() if len(group) > 1]
