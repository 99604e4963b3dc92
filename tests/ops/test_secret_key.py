from __future__ import annotations

import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from skinapp.ops.secret_key import KEY_FILE, SecretKeyRefused, read_or_make_secret_key


def test_the_key_stays_the_same(tmp_path: Path):
    assert read_or_make_secret_key(tmp_path) == read_or_make_secret_key(tmp_path)


def test_every_installation_has_its_own_key(tmp_path: Path):
    assert read_or_make_secret_key(tmp_path / "a") != read_or_make_secret_key(tmp_path / "b")


def test_the_key_has_256_bits(tmp_path: Path):
    assert len(bytes.fromhex(read_or_make_secret_key(tmp_path))) == 32


def test_only_the_server_may_read_the_key(tmp_path: Path):
    read_or_make_secret_key(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_a_key_that_others_may_read_is_closed_to_them(tmp_path: Path):
    read_or_make_secret_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    read_or_make_secret_key(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_processes_that_start_at_once_get_one_key(tmp_path: Path):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        keys = set(pool.map(read_or_make_secret_key, [tmp_path] * 8))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, b"z" * 64])
def test_a_damaged_key_is_refused_and_kept(tmp_path: Path, content: bytes):
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(SecretKeyRefused):
        read_or_make_secret_key(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path):
    (tmp_path / "in-the-way").write_text("")
    with pytest.raises(SecretKeyRefused, match="can't be used"):
        read_or_make_secret_key(tmp_path / "in-the-way")
