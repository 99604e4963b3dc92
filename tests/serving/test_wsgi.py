from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Event, current_thread
from types import ModuleType

import pytest
from gunicorn.errors import AppImportError

from skinapp.domain.case import CaseImages
from skinapp.domain.errors import ModelRefused, StoreTrouble, StoreUnavailable
from skinapp.screening import Screening
from skinapp.settings import Settings
from tests.cast import DictStore, FakeClassifier, a_card, a_case
from tests.serving.conftest import wait_until


@dataclass
class FakeAssembled:
    screening: Screening
    figures_dir: Path
    card: object = field(default_factory=a_card)
    warmed: int = 0

    def warm(self) -> None:
        self.warmed += 1


@pytest.fixture
def store() -> DictStore:
    return DictStore()


@pytest.fixture
def assembly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: DictStore) -> ModuleType:
    """An assembly without a model; ``made`` lists what it has assembled."""
    fake = ModuleType("skinapp.assembly")
    fake.made = []  # type: ignore[attr-defined]  # modules take what they are given

    def assemble(settings: Settings) -> FakeAssembled:
        retention = timedelta(days=settings.retention_days)
        screening = Screening(FakeClassifier(), store, settings.limits, retention)
        fake.made.append(FakeAssembled(screening, tmp_path))
        return fake.made[-1]

    fake.assemble = assemble  # type: ignore[attr-defined]  # likewise
    monkeypatch.setitem(sys.modules, "skinapp.assembly", fake)
    monkeypatch.delitem(sys.modules, "skinapp.wsgi", raising=False)
    monkeypatch.setenv("SKINAPP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("skinapp.ops.logging.configure_logging", lambda _level, _form: None)
    return fake


def _load() -> ModuleType:
    return importlib.import_module("skinapp.wsgi")


@pytest.mark.usefixtures("assembly")
def test_the_app_is_ready_to_answer():
    assert _load().app.test_client().get("/readyz").get_json()["status"] == "ready"


def test_the_model_is_warmed_before_the_first_request(assembly: ModuleType):
    _load()
    assert [made.warmed for made in assembly.made] == [1]


@pytest.mark.usefixtures("assembly")
def test_expired_cases_are_removed_though_nobody_asks(store: DictStore):
    expired, young = (a_case(created_at=datetime.now(UTC) - timedelta(days=n)) for n in (10_000, 1))
    for case in (expired, young):
        store.add(case, CaseImages(photo_jpeg=b"photo", overlay_png=b"map"), "owner")
    _load()
    wait_until(lambda: expired.id not in store.cases)
    assert list(store.cases) == [young.id]


@pytest.mark.usefixtures("assembly")
def test_expired_cases_are_looked_for_every_hour(monkeypatch: pytest.MonkeyPatch):
    pauses: Queue[float | None] = Queue()

    class OneRound(Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.put(timeout)
            self.set()
            return True

    monkeypatch.setattr("skinapp.ops.housekeeping.Event", OneRound)
    _load()
    assert pauses.get(timeout=60) == 3600


@pytest.mark.usefixtures("assembly")
def test_records_that_fail_are_noticed_though_no_case_is_made(store: DictStore):
    def locked() -> None:
        raise StoreUnavailable(StoreTrouble.LOCKED)

    store.check = locked  # type: ignore[method-assign]  # the database is locked from now on
    client = _load().app.test_client()
    wait_until(lambda: client.get("/readyz").status_code == 503)
    assert client.get("/readyz").get_json()["database"] == StoreTrouble.LOCKED.value


@pytest.mark.usefixtures("assembly")
def test_who_asks_whether_it_is_ready_does_not_wait_for_the_records(store: DictStore):
    looked: list[str] = []
    store.check = lambda: looked.append(current_thread().name)  # type: ignore[method-assign]  # likewise
    _load().app.test_client().get("/readyz")
    wait_until(lambda: looked != [])
    assert "MainThread" not in looked


def test_a_refused_model_stops_the_server_with_a_sentence(assembly: ModuleType):
    def refuse(_settings: Settings) -> None:
        raise ModelRefused("weights and card don't belong together")

    assembly.assemble = refuse
    with pytest.raises(AppImportError, match="don't belong together"):
        _load()


@pytest.mark.usefixtures("assembly")
def test_nonsense_settings_stop_the_server_with_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKINAPP_PORT", "99999")
    with pytest.raises(AppImportError, match="SKINAPP_PORT"):
        _load()


@pytest.mark.usefixtures("assembly")
def test_a_data_folder_that_cannot_be_used_stops_the_server_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "in-the-way").write_text("")
    monkeypatch.setenv("SKINAPP_DATA_DIR", str(tmp_path / "in-the-way"))
    with pytest.raises(AppImportError, match="can't be used"):
        _load()


@pytest.mark.usefixtures("assembly")
def test_a_data_folder_that_can_not_be_written_stops_the_server_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
):
    # A place where nobody can make a folder, not even root.
    monkeypatch.setenv("SKINAPP_DATA_DIR", "/sys/skinapp")
    with pytest.raises(AppImportError, match=r"/sys/skinapp.* can't be used"):
        _load()
