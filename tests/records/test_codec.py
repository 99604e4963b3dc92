from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinapp.domain.assessment import Assessment, CertaintyRule, Rules, assess
from skinapp.domain.lesions import LesionType
from skinapp.domain.prediction import ActivationMap, Prediction
from skinapp.domain.quality import QualityFinding, QualityProblem
from skinapp.domain.triage import OperatingPoint
from skinapp.domain.trust import SetRule
from skinapp.records.codec import RecordUnreadable, from_json, to_json
from tests.cast import an_assessment

share = st.floats(0, 1)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
finding = st.builds(
    QualityFinding,
    problem=st.sampled_from(QualityProblem),
    measured=st.floats(allow_nan=False, allow_infinity=False),
    bound=st.floats(allow_nan=False, allow_infinity=False),
)


@st.composite
def assessments(draw: st.DrawFn) -> Assessment:
    weights = draw(st.lists(st.floats(0.01, 1), min_size=2, max_size=9))
    total = math.fsum(weights)
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cells = rows * columns
    prediction = Prediction(
        labels=tuple(
            LesionType(f"c{i}", draw(words), draw(st.booleans()), draw(words))
            for i in range(len(weights))
        ),
        probabilities=tuple(weight / total for weight in weights),
        activation_map=ActivationMap(
            rows, columns, tuple(draw(st.lists(share, min_size=cells, max_size=cells)))
        ),
        embedding=draw(st.binary(max_size=64)),
        model_name=draw(words),
        model_version=draw(words),
        novelty_score=draw(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
    )
    point = OperatingPoint(
        draw(share),
        draw(share),
        draw(share),
        draw(words),
        draw(st.integers(0)),
        draw(st.none() | st.tuples(share, share)),
    )
    sets = tuple(
        SetRule(level, tuple(draw(share) for _ in weights))
        for level in draw(st.lists(share, max_size=2))
    )
    rules = Rules(point, CertaintyRule(draw(share), draw(share)), sets, draw(st.none() | share))
    return assess(prediction, rules, tuple(draw(st.lists(finding, max_size=4))))


@given(assessments())
def test_every_assessment_survives_the_way_through_json(assessment: Assessment):
    assert from_json(json.loads(json.dumps(to_json(assessment), allow_nan=False))) == assessment


def test_a_form_from_the_future_is_refused():
    kept = to_json(an_assessment()) | {"form": 3}
    with pytest.raises(RecordUnreadable, match="form 3"):
        from_json(kept)


def test_a_record_of_the_first_form_still_opens():
    kept = to_json(an_assessment()) | {"form": 1}
    del kept["sets"], kept["novelty"], kept["prediction"]["novelty_score"]
    for interval in ("sensitivity_interval", "specificity_interval"):
        del kept["operating_point"][interval]
    assert from_json(kept) == an_assessment()


@pytest.mark.parametrize(
    "damage",
    [
        {"prediction": {}},
        {"advice": "perhaps"},
        {"candidates": ["unheard-of"]},
        {"operating_point": {"threshold": 0.1}},
        {"findings": [{}]},
        {"findings": None},
        {"sets": [{"level": 0.9, "codes": []}]},
        {"novelty": {"score": 1.0}},
    ],
)
def test_a_damaged_record_is_refused(damage: dict[str, object]):
    with pytest.raises(RecordUnreadable, match="damaged"):
        from_json(to_json(an_assessment()) | damage)
