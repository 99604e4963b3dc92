from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from skinapp.domain.case import CaseImages
from skinapp.records.engine import DatabaseRefused, open_engine, parse_url
from skinapp.records.migrate import MIGRATIONS, known_revisions, migrate, upgrade
from skinapp.records.schema import Base
from skinapp.records.store import SqlCaseStore
from tests.cast import a_case


def _tables(url: str) -> set[str]:
    engine = open_engine(parse_url(url))
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_migrations_and_models_agree(any_url: str):
    upgrade(any_url)
    engine = open_engine(parse_url(any_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_migration_that_copies_the_cases_keeps_their_pictures(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    upgrade(url)
    store, case = SqlCaseStore(url), a_case()
    store.add(case, CaseImages(photo_jpeg=b"photo", overlay_png=b"map"), "owner")
    copied = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    (copied / "versions" / "rev_9999_copy.py").write_text(
        "from alembic import op\n"
        f'revision, down_revision = "9999", "{known_revisions()[-1]}"\n'
        "def upgrade():\n"
        '    with op.batch_alter_table("cases", recreate="always"):\n'
        "        pass\n"
    )
    monkeypatch.setattr("skinapp.records.migrate.MIGRATIONS", copied)
    upgrade(url)
    assert known_revisions()[-1] == "9999"
    assert store.images(case.id, "owner").photo_jpeg == b"photo"
    store.close()


def test_file_names_give_the_order_that_alembic_sees():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    walk = ScriptDirectory.from_config(config).walk_revisions()
    assert known_revisions() == [step.revision for step in reversed(list(walk))]


def test_all_the_way_down_and_up_again(any_url: str):
    upgrade(any_url)
    engine = open_engine(parse_url(any_url))
    with engine.begin() as connection:
        migrate(connection, "base")
    engine.dispose()
    assert _tables(any_url) == {"alembic_version"}
    upgrade(any_url)
    assert _tables(any_url) == {"alembic_version", "cases", "case_images"}


def test_a_migration_that_fails_leaves_nothing_half_made(
    any_url: str, monkeypatch: pytest.MonkeyPatch
):
    def create_cases_then_fail(connection, _target):
        connection.exec_driver_sql("CREATE TABLE cases (id TEXT)")
        raise RuntimeError("power cut")

    monkeypatch.setattr("skinapp.records.migrate.migrate", create_cases_then_fail)
    with pytest.raises(RuntimeError):
        upgrade(any_url)
    assert _tables(any_url) == set()


def test_several_processes_may_upgrade_at_once(any_url: str):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=upgrade, args=(any_url,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert "cases" in _tables(any_url)


def test_a_start_with_nothing_to_do_does_not_load_alembic(url: str):
    upgrade(url)
    code = (
        "import sys; from skinapp.records.migrate import upgrade; "
        "upgrade(sys.argv[1]); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, url], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_database_from_a_newer_version_is_refused_untouched(url: str, database: Path):
    upgrade(url)
    connection = sqlite3.connect(database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = database.read_bytes()
    with pytest.raises(DatabaseRefused, match="made by a newer version"):
        upgrade(url)
    assert database.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_in_words(url: str, database: Path):
    database.write_text("These are the notes of a patient, not a database. " * 100)
    with pytest.raises(DatabaseRefused, match=r"can't be used: file is not a database"):
        upgrade(url)


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path):
    (tmp_path / "in-the-way").write_text("")
    with pytest.raises(DatabaseRefused, match="can't be used"):
        upgrade(f"sqlite:///{tmp_path}/in-the-way/skinapp.sqlite3")


def test_only_the_server_may_read_the_database(url: str, database: Path):
    upgrade(url)
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_a_copy_that_was_put_back_is_private_again(url: str, database: Path):
    upgrade(url)
    database.chmod(0o644)
    upgrade(url)
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_the_database_uses_write_ahead_logging(url: str, database: Path):
    upgrade(url)
    connection = sqlite3.connect(database)
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()
    assert mode == "wal"
