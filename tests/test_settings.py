from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import make_url

from skinapp.settings import Settings, SettingsRefused, read_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SKINAPP_")]:
        monkeypatch.delenv(name)


def test_without_settings_it_listens_on_this_machine_only():
    settings = read_settings()
    assert (settings.host, settings.port, settings.allow_remote) == ("127.0.0.1", 8000, False)


def test_without_settings_cases_are_kept_beside_the_program():
    settings = read_settings()
    assert settings.effective_database_url == f"sqlite:///{settings.data_dir}/skinapp.sqlite3"


def test_the_database_follows_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SKINAPP_DATA_DIR", str(tmp_path))
    assert read_settings().effective_database_url == f"sqlite:///{tmp_path}/skinapp.sqlite3"


@pytest.mark.parametrize("name", ["a?b", "a%20b", "a#b", "ä b"])
def test_the_database_lies_in_the_data_folder_however_that_is_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
):
    monkeypatch.setenv("SKINAPP_DATA_DIR", str(tmp_path / name))
    found = make_url(read_settings().effective_database_url).database
    assert found == str(tmp_path / name / "skinapp.sqlite3")


def test_a_database_that_is_named_is_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKINAPP_DATABASE_URL", "postgresql://db/skinapp")
    assert read_settings().effective_database_url == "postgresql://db/skinapp"


def test_megabytes_are_a_million_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKINAPP_MAX_UPLOAD_MB", "1.5")
    assert read_settings().limits.max_upload_bytes == 1_500_000


@pytest.mark.parametrize(
    ("name", "meant"),
    [("RETENTON_DAYS", "RETENTION_DAYS"), ("ALLOWREMOTE", "ALLOW_REMOTE"), ("WORKER", "WORKERS")],
)
def test_a_misspelt_name_is_refused_and_not_ignored(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
):
    monkeypatch.setenv(f"SKINAPP_{name}", "1")
    with pytest.raises(SettingsRefused, match=f"no SKINAPP_{name}; is SKINAPP_{meant} meant"):
        read_settings()


@pytest.mark.parametrize("name", ["DATA", "SERVICE_HOST", "SERVICE_PORT", "PORT_8000_TCP_ADDR"])
def test_names_that_others_give_are_let_be(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(f"SKINAPP_{name}", "1")
    assert read_settings().port == 8000


@pytest.mark.parametrize("name", ["DATA_DIR", "WEIGHTS_DIR", "MODEL"])
@pytest.mark.parametrize("value", ["", "  "])
def test_nothing_is_no_folder_and_no_model(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(f"SKINAPP_{name}", value)
    with pytest.raises(SettingsRefused, match=f"SKINAPP_{name}: "):
        read_settings()


def test_the_users_own_folder_has_its_short_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKINAPP_DATA_DIR", "~/cases")
    assert read_settings().data_dir == Path.home() / "cases"


def test_limits_that_let_no_photo_in_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKINAPP_MIN_SIDE_PX", "2000")
    monkeypatch.setenv("SKINAPP_MAX_MEGAPIXELS", "1")
    with pytest.raises(SettingsRefused, match="no photo has 2000 pixels"):
        read_settings()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_no_consent(monkeypatch: pytest.MonkeyPatch, host: str):
    monkeypatch.setenv("SKINAPP_HOST", host)
    assert read_settings().host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "clinic.example", ""])
def test_other_addresses_need_consent(monkeypatch: pytest.MonkeyPatch, host: str):
    monkeypatch.setenv("SKINAPP_HOST", host)
    with pytest.raises(SettingsRefused, match="SKINAPP_ALLOW_REMOTE=1"):
        read_settings()


def test_other_addresses_are_served_with_consent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKINAPP_HOST", "0.0.0.0")
    monkeypatch.setenv("SKINAPP_ALLOW_REMOTE", "1")
    assert read_settings().host == "0.0.0.0"


def test_a_host_given_at_the_command_line_goes_first_and_is_checked(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("SKINAPP_HOST", "127.0.0.1")
    with pytest.raises(SettingsRefused, match=r"0\.0\.0\.0 can be reached"):
        read_settings(host="0.0.0.0")


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("ALLOW_REMOTE", "perhaps"),
        ("BEHIND_TLS", "perhaps"),
        ("MAX_UPLOAD_MB", "0"),
        ("MAX_UPLOAD_MB", "501"),
        ("MAX_MEGAPIXELS", "-1"),
        ("MIN_SIDE_PX", "10"),
        ("KEPT_SIDE_PX", "10"),
        ("RETENTION_DAYS", "0"),
        ("WORKERS", "-1"),
        ("THREADS", "65"),
        ("MAX_WAITING", "-1"),
        ("UPLOADS_PER_HOUR", "-1"),
        ("ENGINE", "tensorflow"),
        ("DEVICE", "tpu"),
        ("SYMMETRIES", "4"),
        ("SYMMETRIES", "all"),
        ("PREVALENCE", "0"),
        ("PREVALENCE", "5"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_nonsense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, nonsense: str):
    monkeypatch.setenv(f"SKINAPP_{name}", nonsense)
    with pytest.raises(SettingsRefused, match=rf"skinapp can't start:\nSKINAPP_{name}: "):
        read_settings()


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKINAPP_PORT", "0")
    monkeypatch.setenv("SKINAPP_WORKERS", "many")
    with pytest.raises(SettingsRefused) as refusal:
        read_settings()
    assert len(str(refusal.value).splitlines()) == 3


def test_gpu_and_openvino_are_refused_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKINAPP_DEVICE", "cuda")
    monkeypatch.setenv("SKINAPP_ENGINE", "openvino")
    with pytest.raises(SettingsRefused, match="on a GPU PyTorch computes, not OpenVINO"):
        read_settings()


@pytest.mark.parametrize("engine", ["auto", "torch"])
def test_gpu_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch, engine: str):
    assert not read_settings().on_gpu
    monkeypatch.setenv("SKINAPP_DEVICE", "cuda")
    monkeypatch.setenv("SKINAPP_ENGINE", engine)
    assert read_settings().on_gpu


def test_views_to_average_over_are_a_number(monkeypatch: pytest.MonkeyPatch):
    assert read_settings().symmetries == 1
    monkeypatch.setenv("SKINAPP_SYMMETRIES", "8")
    assert read_settings().symmetries == 8


def test_settings_do_not_change():
    settings = read_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 9000


def test_every_setting_says_what_it_is():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
