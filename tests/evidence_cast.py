"""The evidence that a model of the tests brings along."""

from __future__ import annotations

import json
from pathlib import Path

from skinapp.model.evidence import (
    SELF_REPORT,
    Association,
    ClassFacts,
    Cleaning,
    Crossing,
    DataFacts,
    Trouble,
    write_data_facts,
)

FACTS = DataFacts(
    name="HAM10000",
    images=120,
    classes=(
        ClassFacts(
            code="nv",
            images=100,
            lesions=80,
            parts={"test": 20, "training": 80},
            mean_rgb=(190.2, 140.0, 139.0),
        ),
        ClassFacts(
            code="df", images=20, lesions=None, parts={"training": 20}, mean_rgb=(200, 150, 149)
        ),
    ),
    crossings=(Crossing(attribute="sex", groups=("female", "male"), counts=((41, 9), (59, 11))),),
    associations=(Association(first="sex", second="lesion type", cramers_v=0.32, images=120),),
    sizes={"448 x 336": 119, "100 x 90": 1},
    cleaning=(Cleaning(attribute="age", what="empty, taken as unknown", values=57),),
    audit=(Trouble(severity="warning", title="Files with the same bytes", files=2),),
)
GROUP = {
    "attribute": "sex",
    "group": "female",
    "images": 700,
    "malignant": 90,
    "figures": {"accuracy": {"value": 0.8, "low": 0.75, "high": 0.85, "n": 700}},
}
REPORT = """
title = "A checklist"
source = "Somebody, 2022"
[[parts]]
heading = "Data"
[[parts.items]]
item = "Skin colour"
met = "no"
text = "Not recorded."
"""


def write_evidence(figures: Path) -> None:
    """Put all of it into a model's folder."""
    write_data_facts(FACTS, figures)
    (figures / "test").mkdir(exist_ok=True)
    (figures / "test" / "subgroups.json").write_text(json.dumps([GROUP]))
    (figures.parent / SELF_REPORT).write_text(REPORT)
