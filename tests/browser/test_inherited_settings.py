"""A clinic's settings in the shell that runs the tests stay outside."""

from __future__ import annotations

from tests.browser.conftest import serve


def test_the_server_of_the_tests_writes_into_no_other_database(monkeypatch, tmp_path):
    theirs = tmp_path / "clinic.sqlite3"
    monkeypatch.setenv("SKINAPP_DATABASE_URL", f"sqlite:///{theirs}")
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with serve("tests.browser.fake_wsgi:app", data_dir, SKINAPP_WORKERS="1"):
        assert not theirs.exists()
        assert (data_dir / "skinapp.sqlite3").exists()
