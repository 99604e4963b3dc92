from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinapp.domain.assessment import Assessment, CertaintyRule, Rules, assess
from skinapp.domain.errors import RecordUnreadable
from skinapp.domain.lesions import Leaf, LesionType
from skinapp.domain.prediction import ActivationMap, LeafProbability, Prediction
from skinapp.domain.quality import QualityFinding, QualityProblem
from skinapp.domain.triage import OperatingPoint
from skinapp.domain.trust import SetRule
from skinapp.records.codec import from_json, to_json
from tests.cast import UNSURE, an_assessment

share = st.floats(0, 1)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
finding = st.builds(
    QualityFinding,
    problem=st.sampled_from(QualityProblem),
    measured=st.floats(allow_nan=False, allow_infinity=False),
    bound=st.floats(allow_nan=False, allow_infinity=False),
)


leaf = st.builds(LeafProbability, st.builds(Leaf, words, words, words), share)


@st.composite
def maps(draw: st.DrawFn) -> ActivationMap:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cells = rows * columns
    return ActivationMap(
        rows, columns, tuple(draw(st.lists(share, min_size=cells, max_size=cells)))
    )


@st.composite
def assessments(draw: st.DrawFn) -> Assessment:
    weights = draw(st.lists(st.floats(0.01, 1), min_size=2, max_size=9))
    total = math.fsum(weights)
    prediction = Prediction(
        labels=tuple(
            LesionType(f"c{i}", draw(words), draw(st.booleans()), draw(words))
            for i in range(len(weights))
        ),
        probabilities=tuple(weight / total for weight in weights),
        activation_map=draw(maps()),
        embedding=draw(st.binary(max_size=64)),
        model_name=draw(words),
        model_version=draw(words),
        novelty_score=draw(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
        runner_up_map=draw(st.none() | maps()),
        leaves=tuple(draw(st.lists(leaf, max_size=3))),
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
    kept = to_json(an_assessment()) | {"form": 4}
    with pytest.raises(RecordUnreadable, match="form 4"):
        from_json(kept)


def without_second_view(assessment: Assessment) -> Assessment:
    """What an app that knew neither leaves nor second maps had found."""
    prediction = replace(assessment.prediction, runner_up_map=None, leaves=())
    return replace(assessment, prediction=prediction, rival=None)


def as_form_2() -> dict[str, Any]:
    kept = to_json(an_assessment(UNSURE)) | {"form": 2}
    del kept["rival"], kept["prediction"]["runner_up_map"], kept["prediction"]["leaves"]
    return kept


def test_a_record_of_the_second_form_still_opens_with_one_map():
    assert from_json(as_form_2()) == without_second_view(an_assessment(UNSURE))


def test_a_record_of_the_first_form_still_opens():
    kept = as_form_2() | {"form": 1}
    del kept["sets"], kept["novelty"], kept["prediction"]["novelty_score"]
    for interval in ("sensitivity_interval", "specificity_interval"):
        del kept["operating_point"][interval]
    assert from_json(kept) == without_second_view(an_assessment(UNSURE))


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
        {"rival": "unheard-of"},
    ],
)
def test_a_damaged_record_is_refused(damage: dict[str, object]):
    with pytest.raises(RecordUnreadable, match="damaged"):
        from_json(to_json(an_assessment()) | damage)
