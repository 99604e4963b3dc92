"""The audit's checks of what a set's table says, each a finding or nothing."""

from __future__ import annotations

from collections import Counter

from skinapp.training.attributes import odd_values, said
from skinapp.training.audit import Evidence, Finding, finding_if


def table_checks(evidence: Evidence, least_images: int) -> list[Finding | None]:
    """Everything that the table and the classes give reason to."""
    return [
        _unlabelled(evidence),
        _rows_without_file(evidence),
        _rows_twice(evidence),
        _small_classes(evidence, least_images),
        *_attributes(evidence),
    ]


def _unlabelled(evidence: Evidence) -> Finding | None:
    items = [(record.name,) for record in evidence.inventory.records if not record.code]
    return finding_if(
        "unlabelled",
        "warning",
        "Images without a class",
        "They are left out.",
        files=len(items),
        items=items,
    )


def _rows_without_file(evidence: Evidence) -> Finding | None:
    items = [(name,) for name in evidence.inventory.rows_without_file]
    return finding_if(
        "rows_without_file",
        "error",
        "Rows of the table that have no file",
        "Training refuses a table that speaks of images that are not there.",
        files=0,
        items=items,
    )


def _rows_twice(evidence: Evidence) -> Finding | None:
    items = [(name,) for name in evidence.inventory.rows_twice]
    return finding_if(
        "rows_twice",
        "error",
        "Images with several rows in the table",
        "Which of the rows holds?",
        files=len(items),
        items=items,
    )


def _small_classes(evidence: Evidence, least: int) -> Finding | None:
    counts = Counter(record.code for record in evidence.inventory.records if record.code)
    items = [(code, f"{n} images") for code, n in sorted(counts.items()) if n < least]
    items += [("(all)", "only one class")] if len(counts) == 1 else []
    return finding_if(
        "small_classes",
        "warning",
        f"Classes of less than {least} images",
        "They can be neither learned nor measured with any certainty.",
        files=sum(n for n in counts.values() if n < least),
        items=items,
    )


def _attributes(evidence: Evidence) -> list[Finding | None]:
    records = evidence.inventory.records
    known = evidence.inventory.attributes
    missing = {
        name: sum(not said(record.attributes.get(name, "")) for record in records) for name in known
    }
    odd = [(r.name, what) for r in records for what in odd_values(r.attributes)]
    return [
        finding_if(
            "metadata_missing",
            "warning",
            "Metadata that is missing",
            "Groups with unknown members can be compared only in part.",
            files=sum(any(not said(r.attributes.get(name, "")) for name in known) for r in records),
            items=[(name, f"{n} of {len(records)} images") for name, n in missing.items() if n],
        ),
        finding_if(
            "metadata_odd",
            "warning",
            "Metadata out of range",
            "Values that cannot be what they say.",
            files=len({name for name, _ in odd}),
            items=odd,
        ),
    ]
