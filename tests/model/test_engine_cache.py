"""Converted networks on disk: whole or not at all, made once, made anew when damaged."""

import fcntl
import json
import os
import threading
from dataclasses import replace

import numpy as np
import pytest

from skinapp.model.engine import EngineUnfit, Reference
from skinapp.model.engine_cache import (
    FACTS_FILE,
    REFERENCE_FILE,
    EngineCache,
    blob_name,
    cache_key,
    read_entry,
    write_entry,
)
from tests.cast import a_card, a_rarity, some_metrics

BLOB = blob_name("float32")


class Maker:
    """Stands for the conversion and counts how often it was asked."""

    def __init__(self):
        self.made = 0

    def __call__(self, folder, _lock):
        self.made += 1
        (folder / BLOB).write_bytes(b"compiled")
        reference = Reference(np.zeros((2, 8, 8, 3), np.uint8), np.ones((2, 7), np.float32))
        write_entry(folder, "float32", "why", reference, np.ones((7, 4), np.float32))


@pytest.fixture
def key():
    return cache_key(a_card(), "2026.4", "a processor")


@pytest.fixture
def cache(tmp_path, key):
    return EngineCache(tmp_path / "engines", key)


@pytest.fixture
def make():
    return Maker()


def test_other_probabilities_are_another_entry_and_other_names_are_not():
    def card_with(calibration_exponent, naming_exponent):
        rarity = a_rarity(calibration=calibration_exponent, naming=naming_exponent)
        return a_card().model_copy(update={"rarity": rarity})

    keys = [cache_key(card_with(*each), "2026.4", "a") for each in ((0.5, 0.8), (0.5, 1), (0, 1))]
    assert keys[0] == keys[1] != keys[2]


def test_entry_is_made_once_and_found_again(cache, make):
    first, second = cache.entry(make, 1), cache.entry(make, 1)
    assert (first, make.made) == (second, 1)
    assert second.blob.read_bytes() == b"compiled"
    reference, head_weights = second.read_reference()
    assert reference.squares.shape == (2, 8, 8, 3)
    assert head_weights.shape == (7, 4)


@pytest.mark.parametrize("name", [BLOB, REFERENCE_FILE, FACTS_FILE])
def test_damaged_entry_is_made_anew(cache, make, name):
    path = cache.entry(make, 1).folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert read_entry(path.parent) is None
    assert read_entry(cache.entry(make, 1).folder) is not None
    assert make.made == 2


@pytest.mark.parametrize("name", [BLOB, REFERENCE_FILE, FACTS_FILE])
def test_half_written_entry_is_made_anew(cache, make, name):
    path = cache.entry(make, 1).folder / name
    path.write_bytes(path.read_bytes()[:-4])
    cache.entry(make, 1)
    assert make.made == 2


def test_facts_that_name_other_files_are_not_believed(cache, make):
    path = cache.entry(make, 1).folder / FACTS_FILE
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"files": {}}))
    assert read_entry(path.parent) is None


def test_conversion_that_breaks_off_leaves_nothing(cache, make, tmp_path):
    def break_off(folder, lock):
        make(folder, lock)
        raise EngineUnfit("the conversion failed")

    with pytest.raises(EngineUnfit):
        cache.entry(break_off, 1)
    assert [path.name for path in (tmp_path / "engines").iterdir()] == [".lock"]


def test_what_a_killed_conversion_left_is_cleared_away(cache, make, tmp_path):
    left = tmp_path / "engines" / ".partial-killed"
    left.mkdir(parents=True)
    cache.entry(make, 1)
    assert not left.exists()


def test_two_who_come_at_once_convert_once(tmp_path, key, make):
    def slow(folder, lock):
        begun.wait(10)
        make(folder, lock)

    begun = threading.Event()
    found = []
    threads = [
        threading.Thread(
            target=lambda: found.append(EngineCache(tmp_path / "engines", key).entry(slow, 30))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    begun.set()
    for thread in threads:
        thread.join()
    assert make.made == 1
    assert found[0] == found[1]


def test_who_waits_too_long_for_another_conversion_goes_without(cache, make, tmp_path):
    (tmp_path / "engines").mkdir()
    with (tmp_path / "engines" / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(EngineUnfit, match="another process is still converting"):
            cache.entry(make, 0)


def test_lock_is_passed_on_to_the_program_that_converts(cache, make, tmp_path):
    def check(folder, lock):
        assert os.path.samestat(os.fstat(lock), (tmp_path / "engines" / ".lock").stat())
        make(folder, lock)

    cache.entry(check, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"weights_sha256": "1" * 64},
        {"temperature": 1.5},
        {"architecture": "efficientnet_b0"},
    ],
)
def test_another_network_has_another_entry(key, change):
    other = cache_key(a_card().model_copy(update=change), "2026.4", "a processor")
    assert other.folder != key.folder


def test_another_openvino_processor_or_version_of_ours_has_another_entry(key):
    folders = {
        key.folder,
        cache_key(a_card(), "2026.5", "a processor").folder,
        cache_key(a_card(), "2026.4", "another").folder,
        replace(cache_key(a_card(), "2026.4", "a processor"), code="another version's").folder,
    }
    assert len(folders) == 4


def test_measuring_a_model_anew_keeps_its_entry(key):
    measured = a_card().model_copy(update={"metrics": {"test": some_metrics("test")}})
    assert cache_key(measured, "2026.4", "a processor").folder == key.folder


def test_old_entries_do_not_pile_up(tmp_path, make):
    root = tmp_path / "engines"
    for version in range(5):
        entry = EngineCache(root, cache_key(a_card(), str(version), "")).entry(make, 1)
        os.utime(entry.folder, (version, version))
    assert len([path for path in root.iterdir() if path.is_dir()]) == 3
    assert entry.folder.is_dir()
