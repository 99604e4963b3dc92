"""The cast: stand-ins and sample facts that tests share.  Loads no torch."""

from __future__ import annotations

import array
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from skinapp.domain.assessment import Assessment, CertaintyRule, Rules, assess
from skinapp.domain.case import Case, CaseEntry, CaseImages, new_case_id
from skinapp.domain.engine import EngineReport
from skinapp.domain.errors import CaseKept, CaseNotFound
from skinapp.domain.lesions import HAM10000, HAM10000_LEAVES
from skinapp.domain.photo import Photo, PhotoLimits
from skinapp.domain.prediction import ActivationMap, LeafProbability, Prediction
from skinapp.domain.quality import QualityFinding
from skinapp.domain.quota import Quota
from skinapp.domain.triage import OperatingPoint
from skinapp.model.card import (
    Card,
    Certainty,
    Estimate,
    InputShape,
    Label,
    Metrics,
    OperatingPointEntry,
    TrainingFacts,
)
from skinapp.model.trust_entries import NoveltyEntry, RarityEntry

SURE_MELANOMA = {"akiec": 0.02, "bcc": 0.02, "bkl": 0.05, "df": 0.01, "mel": 0.82, "nv": 0.07}
SURE_NEVUS = {"bkl": 0.02, "df": 0.005, "mel": 0.02, "nv": 0.95}
UNSURE = {"akiec": 0.1, "bcc": 0.08, "bkl": 0.32, "df": 0.02, "mel": 0.27, "nv": 0.2}

OPERATING_POINT = OperatingPoint(
    threshold=0.2,
    sensitivity=0.951,
    specificity=0.782,
    measured_on="validation part of HAM10000",
    images=1200,
)
CERTAINTY = CertaintyRule(unsure_below=0.5, candidate_mass=0.75)
RULES = Rules(OPERATING_POINT, CERTAINTY)
ENGINE = EngineReport("openvino", "2026.4.1", "bfloat16", "it agrees with PyTorch")
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LIMITS = PhotoLimits(
    max_upload_bytes=10_000_000, max_megapixels=64, min_side_px=128, kept_side_px=400
)


def a_prediction(by_code: dict[str, float] = SURE_NEVUS) -> Prediction:
    """A prediction with the given probabilities; what is missing to 1 goes to ``vasc``."""
    given = {"vasc": 1.0 - sum(by_code.values())} | by_code
    return Prediction(
        labels=HAM10000,
        probabilities=tuple(given.get(label.code, 0.0) for label in HAM10000),
        activation_map=ActivationMap(7, 7, tuple(i / 48 for i in range(49))),
        embedding=array.array("f", [0.5] * 8).tobytes(),
        model_name="fake-model",
        model_version="0123456789ab",
        runner_up_map=ActivationMap(7, 7, tuple(1 - i / 48 for i in range(49))),
        leaves=tuple(
            LeafProbability(leaf, share * given.get("akiec", 0.0))
            for leaf, share in zip(HAM10000_LEAVES[:2], (0.75, 0.25), strict=True)
        ),
    )


def an_assessment(
    by_code: dict[str, float] = SURE_NEVUS, findings: tuple[QualityFinding, ...] = ()
) -> Assessment:
    return assess(a_prediction(by_code), RULES, findings)


def a_case(
    by_code: dict[str, float] = SURE_NEVUS,
    findings: tuple[QualityFinding, ...] = (),
    created_at: datetime = NOON,
) -> Case:
    return Case(new_case_id(), created_at, an_assessment(by_code, findings), 600, 450, 600, 450)


@dataclass
class FakeClassifier:
    """Answers every photo with the same prediction and remembers what it was shown."""

    by_code: dict[str, float] = field(default_factory=lambda: dict(SURE_NEVUS))
    rules: Rules = RULES
    input_size_px: int = 224
    engine: EngineReport = ENGINE
    seen: list[Photo] = field(default_factory=list)
    novelty_score: float | None = None

    def begin(self, photo: Photo) -> Future[Prediction]:
        self.seen.append(photo)
        answer: Future[Prediction] = Future()
        answer.set_result(replace(a_prediction(self.by_code), novelty_score=self.novelty_score))
        return answer


@dataclass
class DictStore:
    """A case store in memory."""

    cases: dict[str, tuple[Case, CaseImages, str]] = field(default_factory=dict)

    def add(self, case: Case, images: CaseImages, owner: str, quota: Quota | None = None) -> None:
        if case.id in self.cases:
            raise CaseKept
        if quota is not None:
            quota.check(self.made_since(owner, quota.since))
        self.cases[case.id] = (case, images, owner)

    def made_since(self, owner: str, since: datetime) -> tuple[datetime, ...]:
        kept = [case.created_at for case, _, keeper in self.cases.values() if keeper == owner]
        return tuple(sorted(made for made in kept if made > since))

    def _owned(self, case_id: str, owner: str) -> tuple[Case, CaseImages]:
        case, images, keeper = self.cases.get(case_id, (None, None, None))
        if case is None or images is None or keeper != owner:
            raise CaseNotFound
        return case, images

    def made_at(self, case_id: str, owner: str) -> datetime:
        return self._owned(case_id, owner)[0].created_at

    def get(self, case_id: str, owner: str) -> Case:
        return self._owned(case_id, owner)[0]

    def recent(self, owner: str, since: datetime, at_most: int) -> tuple[CaseEntry, ...]:
        kept = [case for case, _, keeper in self.cases.values() if keeper == owner]
        newest = sorted(kept, key=lambda case: case.created_at, reverse=True)[:at_most]
        return tuple(
            CaseEntry(case.id, case.created_at, case) for case in newest if case.created_at > since
        )

    def images(self, case_id: str, owner: str) -> CaseImages:
        return self._owned(case_id, owner)[1]

    def delete(self, case_id: str, owner: str) -> None:
        self._owned(case_id, owner)
        del self.cases[case_id]

    def purge(self, created_before: datetime) -> int:
        old = [key for key, (case, _, _) in self.cases.items() if case.created_at < created_before]
        for key in old:
            del self.cases[key]
        return len(old)

    def check(self) -> None:
        pass


def a_rarity(
    *, calibration: float = 0.5, naming: float = 0.5, shares: dict[str, float] | None = None
) -> RarityEntry:
    """How rarity counts, by two exponents; without shares all types are as common."""
    return RarityEntry(
        shares=shares or {lesion.code: 1 / len(HAM10000) for lesion in HAM10000},
        calibration_exponent=calibration,
        naming_exponent=naming,
        measured_on="the validation part",
        images=1200,
    )


def a_novelty(**other: object) -> NoveltyEntry:
    """A refusal by the energy of the logits; ``other`` fields replace its own."""
    entry = NoveltyEntry(
        measures=("energy",),
        threshold=2.0,
        statistics_sha256="0" * 64,
        measured_on="elsewhere",
        images=9,
        kept=0.9,
        auroc={},
        far={},
        near={},
    )
    return entry.model_copy(update=other)


def an_estimate(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.02, high=min(1.0, value + 0.02), n=1500)


def some_metrics(part: str) -> Metrics:
    overall = ("accuracy", "balanced_accuracy", "macro_precision", "macro_recall", "macro_f1")
    more = ("macro_auroc", "malignant_auroc", "expected_calibration_error")
    codes = tuple(label.code for label in HAM10000)
    per_class = {name: an_estimate(0.8) for name in ("sensitivity", "specificity", "auroc")}
    return Metrics(
        data="HAM10000",
        part=part,
        images=1500,
        codes=codes,
        overall={name: an_estimate(0.85) for name in overall + more},
        per_class=dict.fromkeys(codes, per_class),
        confusion=tuple(tuple(100 if i == j else 3 for j in range(7)) for i in range(7)),
    )


def _training_facts() -> TrainingFacts:
    return TrainingFacts(
        recipe="ham10000-efficientnet-b4.toml",
        recipe_sha256="0" * 64,
        data="HAM10000",
        data_citation="Tschandl et al., Sci. Data 5:180161, 2018",
        data_licence="CC BY-NC 4.0",
        images={"training": 7266, "validation": 1200, "test": 1549},
        lesions={"training": 5454, "validation": 896, "test": 1120},
        images_seen=43200,
        duration_minutes=80.0,
        device="2 CPU cores",
    )


def a_card() -> Card:
    return Card(
        name="fake-model",
        created=date(2026, 5, 4),
        architecture="efficientnet_b4",
        labels=tuple(
            Label(code=x.code, name=x.name, malignant=x.malignant, description=x.description)
            for x in HAM10000
        ),
        input=InputShape(size_px=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        temperature=0.9,
        operating_points={
            "malignant_95": OperatingPointEntry(
                threshold=0.2,
                sensitivity=0.951,
                specificity=0.782,
                measured_on="validation part of HAM10000",
                images=1200,
            )
        },
        default_operating_point="malignant_95",
        certainty=Certainty(
            unsure_below=0.5,
            candidate_mass=0.75,
            accuracy_when_sure=0.9,
            accuracy_when_unsure=0.4,
            share_unsure=0.1,
        ),
        licence="CC BY-NC 4.0",
        intended_use="Decision support for professionals.",
        limits=("Trained on one clinic's images.",),
        training=_training_facts(),
        metrics={"validation": some_metrics("validation"), "test": some_metrics("test")},
        weights_sha256="0" * 64,
    )
