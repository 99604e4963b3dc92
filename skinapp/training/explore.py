"""The usual first look at a data set, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from skinapp.model.evidence import (
    Association,
    ClassFacts,
    Cleaning,
    Crossing,
    DataFacts,
    Trouble,
)
from skinapp.training.attributes import clean, cleaning_steps
from skinapp.training.audit import Evidence, Finding
from skinapp.training.audit_files import FileFacts
from skinapp.training.inventory import Record

NOT_KNOWN = "not known"
CLASS = "lesion type"


def explore(evidence: Evidence, findings: Sequence[Finding], name: str) -> DataFacts:
    """Count and compare everything that the set says of its labelled images."""
    inventory = evidence.inventory
    pairs = [
        (record, facts)
        for record, facts in zip(inventory.records, evidence.files, strict=True)
        if record.code
    ]
    records = [record for record, _ in pairs]
    codes = [code for code, _ in Counter(record.code for record in records).most_common()]
    columns = {name: categories(records, name) for name in inventory.attributes}
    return DataFacts(
        name=name,
        images=len(records),
        classes=tuple(_class_facts(code, pairs) for code in codes),
        crossings=tuple(
            _crossing(name, values, records, codes) for name, values in columns.items()
        ),
        associations=_associations(columns | {CLASS: [record.code for record in records]}),
        sizes=dict(
            Counter(f"{f.width_px} x {f.height_px}" for _, f in pairs if f.width_px).most_common()
        ),
        cleaning=tuple(
            Cleaning(attribute=step.attribute, what=step.what, values=step.values)
            for step in cleaning_steps(
                (record.attributes for record in records), inventory.attributes
            )
        ),
        audit=tuple(
            Trouble(severity=each.severity, title=each.title, files=each.files) for each in findings
        ),
    )


def categories(records: Sequence[Record], attribute: str) -> list[str]:
    """An attribute of each record, cleaned; empty where it is not known."""
    return [clean(attribute, record.attributes.get(attribute, "")) for record in records]


def _class_facts(code: str, pairs: Sequence[tuple[Record, FileFacts]]) -> ClassFacts:
    mine = [(record, facts) for record, facts in pairs if record.code == code]
    lesions = {record.lesion_id for record, _ in mine}
    colours = np.array([facts.mean_rgb for _, facts in mine if not facts.fault])
    red, green, blue = colours.mean(axis=0).round(1) if len(colours) else (0.0, 0.0, 0.0)
    return ClassFacts(
        code=code,
        images=len(mine),
        lesions=None if "" in lesions else len(lesions),
        parts=dict(sorted(Counter(record.part for record, _ in mine if record.part).items())),
        mean_rgb=(float(red), float(green), float(blue)),
    )


def _crossing(
    name: str, values: Sequence[str], records: Sequence[Record], codes: Sequence[str]
) -> Crossing:
    cells = Counter(zip(values, (record.code for record in records), strict=True))
    groups = sorted(set(values) - {""}) + ([""] if "" in values else [])
    return Crossing(
        attribute=name,
        groups=tuple(group or NOT_KNOWN for group in groups),
        counts=tuple(tuple(cells[group, code] for code in codes) for group in groups),
    )


def _associations(columns: dict[str, list[str]]) -> tuple[Association, ...]:
    """All pairs, the strongest first, each over the images where both are known."""
    found = []
    for first, second in combinations(columns, 2):
        known = [
            pair
            for pair in zip(columns[first], columns[second], strict=True)
            if all(value for value in pair)
        ]
        value = cramers_v([one for one, _ in known], [other for _, other in known])
        found.append(
            Association(first=first, second=second, cramers_v=round(value, 4), images=len(known))
        )
    return tuple(sorted(found, key=lambda each: -each.cramers_v))


def cramers_v(first: Sequence[str], second: Sequence[str]) -> float:
    """Cramér's V of two categorical attributes, corrected for bias, from 0 to 1.

    Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", J. Korean Stat. Soc. 42:323,
    2013.  0 where an attribute has one value only.
    """
    if not first:
        return 0.0
    _, rows = np.unique(first, return_inverse=True)
    _, columns = np.unique(second, return_inverse=True)
    r, k, n = int(rows.max()) + 1, int(columns.max()) + 1, len(first)
    table = np.bincount(rows * k + columns, minlength=r * k).reshape(r, k)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    phi2 = float(((table - expected) ** 2 / expected).sum()) / n
    if min(r, k) == 1 or n == 1:
        return 0.0
    corrected = max(0.0, phi2 - (r - 1) * (k - 1) / (n - 1))
    fewer = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return min(1.0, float(np.sqrt(corrected / fewer))) if fewer > 0 else 0.0
