"""Nothing that is measured may write where a clinic's settings point."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import servers
from benchmarks.environment import given_settings, on_one_thread, without_settings


@pytest.fixture
def of_a_clinic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKINAPP_DATABASE_URL", "postgresql://clinic/cases")
    monkeypatch.setenv("skinapp_database_url", "postgresql://clinic/cases")
    monkeypatch.setenv("SKINAPP_WORKERS", "a dozen")
    monkeypatch.setenv("SKINAPP_DATABSE_URL", "postgresql://clinic/cases")
    monkeypatch.setenv("SKINAPP_DATA", "/images")


def _of_skinapp(environment: dict[str, str]) -> set[str]:
    return {name for name in environment if name.upper().startswith("SKINAPP_")}


@pytest.mark.usefixtures("of_a_clinic")
def test_only_the_folder_of_images_is_inherited():
    assert _of_skinapp(without_settings()) == {"SKINAPP_DATA"}
    assert _of_skinapp(on_one_thread()) == {"SKINAPP_DATA"}
    assert without_settings()["PATH"] == os.environ["PATH"]


@pytest.mark.usefixtures("of_a_clinic")
def test_settings_in_this_process_are_those_that_are_given(tmp_path: Path):
    settings = given_settings(data_dir=tmp_path)
    assert settings.workers == 0
    assert settings.effective_database_url == f"sqlite:///{tmp_path}/skinapp.sqlite3"


@pytest.mark.usefixtures("of_a_clinic")
def test_servers_under_load_inherit_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    got: list[dict[str, str]] = []

    @contextmanager
    def noting(_command, environment, _url, _cores) -> Iterator[SimpleNamespace]:
        got.append(environment)
        yield SimpleNamespace(pid=1)

    monkeypatch.setattr(servers, "_server", noting)
    with (
        servers.our_server(tmp_path, "a-model"),
        servers.peer_server("peer", tmp_path / "peer.py", tmp_path),
        servers.bare_server(),
    ):
        ours, peers, bare = got
    assert _of_skinapp(peers) == _of_skinapp(bare) == {"SKINAPP_DATA"}
    assert "SKINAPP_WORKERS" not in ours
    assert "clinic" not in " ".join(ours.values())
    assert ours["SKINAPP_DATA_DIR"] == str(tmp_path)
