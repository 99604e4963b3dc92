"""Assessments as JSON, with the version of the form beside them."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from skinapp.domain.assessment import Assessment
from skinapp.domain.errors import RecordUnreadable
from skinapp.domain.lesions import Leaf, LesionType
from skinapp.domain.prediction import ActivationMap, LeafProbability, Prediction
from skinapp.domain.quality import QualityFinding, QualityProblem
from skinapp.domain.triage import Advice, OperatingPoint
from skinapp.domain.trust import Novelty, PredictionSet

FORM = 3
# Form 1 knew neither sets nor novelty, nor the intervals of an operating point; form 2 neither
# leaves nor a second map.
READABLE_FORMS = (1, 2, FORM)


def to_json(assessment: Assessment) -> dict[str, Any]:
    """Everything about an assessment in JSON's types; floats keep every digit."""
    prediction = assessment.prediction
    return {
        "form": FORM,
        "prediction": {
            "labels": [asdict(label) for label in prediction.labels],
            "probabilities": list(prediction.probabilities),
            "activation_map": _map_json(prediction.activation_map),
            "embedding": base64.b64encode(prediction.embedding).decode("ascii"),
            "model_name": prediction.model_name,
            "model_version": prediction.model_version,
            "novelty_score": prediction.novelty_score,
            "runner_up_map": _map_json(prediction.runner_up_map),
            "leaves": [asdict(part.leaf) | {"p": part.probability} for part in prediction.leaves],
        },
        "advice": assessment.advice.value,
        "operating_point": asdict(assessment.operating_point),
        "unsure": assessment.unsure,
        "candidates": [label.code for label in assessment.candidates],
        "findings": [
            {"problem": item.problem.value, "measured": item.measured, "bound": item.bound}
            for item in assessment.findings
        ],
        "sets": [
            {"level": kept.level, "codes": [lesion.code for lesion in kept.lesions]}
            for kept in assessment.sets
        ],
        "novelty": None if assessment.novelty is None else asdict(assessment.novelty),
        "rival": None if assessment.rival is None else assessment.rival.code,
    }


def from_json(kept: dict[str, Any]) -> Assessment:
    """Read back what :func:`to_json` wrote.

    Nothing is concluded anew: what the clinician was told stays what it was, even after the rules
    have changed.  Raises :class:`RecordUnreadable`.
    """
    if kept.get("form") not in READABLE_FORMS:
        raise RecordUnreadable(f"The record has form {kept.get('form')!r}, known is {FORM}")
    try:
        prediction = _prediction(kept["prediction"])
        by_code = {label.code: label for label in prediction.labels}
        return Assessment(
            prediction=prediction,
            advice=Advice(kept["advice"]),
            operating_point=_operating_point(kept["operating_point"]),
            unsure=kept["unsure"],
            candidates=tuple(by_code[code] for code in kept["candidates"]),
            findings=tuple(
                QualityFinding(QualityProblem(item["problem"]), item["measured"], item["bound"])
                for item in kept["findings"]
            ),
            sets=tuple(
                PredictionSet(item["level"], tuple(by_code[code] for code in item["codes"]))
                for item in kept.get("sets", ())
            ),
            novelty=_novelty(kept.get("novelty")),
            rival=None if kept.get("rival") is None else by_code[kept["rival"]],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RecordUnreadable(f"The record is damaged: {error!r}") from error


def _prediction(kept: dict[str, Any]) -> Prediction:
    return Prediction(
        labels=tuple(LesionType(**label) for label in kept["labels"]),
        probabilities=tuple(kept["probabilities"]),
        activation_map=_map(kept["activation_map"]),
        embedding=base64.b64decode(kept["embedding"], validate=True),
        model_name=kept["model_name"],
        model_version=kept["model_version"],
        novelty_score=kept.get("novelty_score"),
        runner_up_map=None if kept.get("runner_up_map") is None else _map(kept["runner_up_map"]),
        leaves=tuple(
            LeafProbability(Leaf(part["code"], part["name"], part["class_code"]), part["p"])
            for part in kept.get("leaves", ())
        ),
    )


def _map(kept: dict[str, Any]) -> ActivationMap:
    return ActivationMap(kept["rows"], kept["columns"], tuple(kept["values"]))


def _map_json(activation: ActivationMap | None) -> dict[str, Any] | None:
    if activation is None:
        return None
    return {
        "rows": activation.rows,
        "columns": activation.columns,
        "values": list(activation.values),
    }


def _operating_point(kept: dict[str, Any]) -> OperatingPoint:
    # JSON has lists only.
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()
    }
    return OperatingPoint(**facts)


def _novelty(kept: dict[str, Any] | None) -> Novelty | None:
    return None if kept is None else Novelty(**kept)
