"""What an administrator sets reaches the parts that go by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from skinapp import assembly
from skinapp.domain.case import CaseImages
from skinapp.domain.errors import CaseNotFound, PhotoTooSmall, QuotaReached
from skinapp.model.engines import EnginePlan
from skinapp.screening import Screening
from skinapp.settings import Settings
from skinapp.synthetic import lesion_jpeg
from tests.cast import FakeClassifier, a_card, a_case

Assemble = Callable[..., Screening]


class FakeNetwork(FakeClassifier):
    card = a_card()


@pytest.fixture
def plans() -> list[EnginePlan]:
    """What was asked of whoever loads the model."""
    return []


@pytest.fixture
def assemble(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plans: list[EnginePlan]
) -> Iterator[Assemble]:
    """Assemble real records and a classifier that needs no model; arguments are settings."""
    made: list[Screening] = []

    def load(_folder: Path, plan: EnginePlan) -> FakeNetwork:
        plans.append(plan)
        return FakeNetwork()

    def assembled(**given: Any) -> Screening:
        settings = Settings(data_dir=tmp_path / "data", **given)
        made.append(assembly.assemble(settings).screening)
        return made[-1]

    monkeypatch.setattr(assembly, "load_classifier", load)
    yield assembled
    for screening in made:
        screening.store.close()


@pytest.fixture(scope="module")
def photo() -> bytes:
    return lesion_jpeg("nevus", seed=1, width_px=320, height_px=240)


def kept(screening: Screening, days_old: float) -> str:
    case = a_case(created_at=datetime.now(UTC) - timedelta(days=days_old))
    screening.store.add(case, CaseImages(photo_jpeg=b"photo", overlay_png=b"map"), "owner")
    return case.id


def test_case_is_kept_as_many_days_as_are_set(assemble: Assemble):
    screening = assemble(retention_days=3)
    young, old = kept(screening, days_old=2.9), kept(screening, days_old=3.1)
    assert screening.open_case(young, "owner").id == young
    with pytest.raises(CaseNotFound):
        screening.open_case(old, "owner")
    assert screening.purge_expired() == 1


def test_session_makes_as_many_cases_an_hour_as_are_set(assemble: Assemble, photo: bytes):
    screening = assemble(uploads_per_hour=2)
    for _ in range(2):
        screening.screen(photo, "owner")
    with pytest.raises(QuotaReached) as refused:
        screening.screen(photo, "owner")
    assert refused.value.per_hour == 2


def test_photo_is_held_to_the_limits_that_are_set(assemble: Assemble, photo: bytes):
    with pytest.raises(PhotoTooSmall):
        assemble(min_side_px=241).screen(photo, "owner")


@pytest.mark.parametrize("symmetries", [1, 2, 8])
def test_answer_is_the_mean_over_as_many_views_as_are_set(
    assemble: Assemble, plans: list[EnginePlan], symmetries: int
):
    assemble(symmetries=symmetries)
    assert [plan.symmetries for plan in plans] == [symmetries]


@pytest.mark.parametrize("engine", ["auto", "torch", "openvino"])
def test_network_is_run_by_what_is_set(assemble: Assemble, plans: list[EnginePlan], engine: str):
    assemble(engine=engine)
    assert [plan.engine for plan in plans] == [engine]


def test_network_is_prepared_as_it_is_served(
    assemble: Assemble, plans: list[EnginePlan], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    prepared: list[EnginePlan] = []
    monkeypatch.setattr(assembly, "prepare", lambda _folder, plan, _tell: prepared.append(plan))
    assembly.prepare_engine(Settings(data_dir=tmp_path / "data", engine="openvino"), str)
    assemble(engine="openvino")
    [before], [served] = prepared, plans
    alike = replace(served, share=before.share, convert_within_s=before.convert_within_s)
    assert alike == before
