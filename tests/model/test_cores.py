"""Sharing the cores between processes."""

import errno
import os
import subprocess
import sys

import pytest

from skinapp.model.cores import CoreShare

COMPUTE_UNTIL_TOLD = """
import sys
from pathlib import Path
from skinapp.model.cores import CoreShare

with CoreShare(Path(sys.argv[1]), 2).computing():
    print("busy", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_worker(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", COMPUTE_UNTIL_TOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "busy\n"
        yield process


def test_process_that_computes_alone_takes_all_cores(tmp_path):
    with CoreShare(tmp_path, 4).computing() as threads:
        assert threads == 4


def test_two_busy_processes_take_half_of_the_cores_each(tmp_path, other_worker):
    assert other_worker.poll() is None
    with CoreShare(tmp_path, 4).computing() as threads:
        assert threads == 2


def test_there_is_always_a_thread_to_compute_with(tmp_path, other_worker):
    assert other_worker.poll() is None
    with CoreShare(tmp_path, 1).computing() as threads:
        assert threads == 1


def test_killed_process_does_not_count_as_busy_and_leaves_nothing(tmp_path, other_worker):
    share = CoreShare(tmp_path, 2)
    other_worker.kill()
    other_worker.wait()
    with share.computing() as threads:
        assert threads == 2
    (mine,) = tmp_path.iterdir()
    assert mine.name.startswith(f"worker-{os.getpid()}-")


def test_process_that_computed_a_moment_ago_still_counts_as_busy(tmp_path):
    mine = CoreShare(tmp_path, 4, lately_s=60)
    neighbour = tmp_path / "worker-1"  # process 1 is always alive
    neighbour.touch()
    with mine.computing() as threads:
        assert threads == 2


def test_process_that_has_rested_does_not_count_as_busy(tmp_path):
    neighbour = tmp_path / "worker-1"
    neighbour.touch()
    os.utime(neighbour, (0, 0))
    with CoreShare(tmp_path, 4).computing() as threads:
        assert threads == 4


def test_processes_of_the_same_number_in_two_containers_do_not_wait_for_each_other(tmp_path):
    one, other = CoreShare(tmp_path, 4), CoreShare(tmp_path, 4)
    with one.computing() as first, other.computing() as second:
        assert (first, second) == (4, 2)


def test_process_whose_file_was_cleared_away_counts_again_when_it_computes(tmp_path):
    share = CoreShare(tmp_path, 4)
    with share.computing():
        (mine,) = tmp_path.iterdir()
    mine.unlink()
    with share.computing(), CoreShare(tmp_path, 4).computing() as threads:
        assert threads == 2


def test_process_that_never_computes_leaves_no_file(tmp_path):
    CoreShare(tmp_path, 4).close()
    assert list(tmp_path.iterdir()) == []


def test_folder_that_turns_read_only_stops_no_computation(tmp_path, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EROFS, "read-only")

    share, other = CoreShare(tmp_path, 4), CoreShare(tmp_path, 4, lately_s=0)
    with other.computing():
        pass
    with share.computing():
        monkeypatch.setattr(os, "utime", refuse)
    # Nor does the one that computed then count as busy for ever.
    with other.computing() as threads:
        assert threads == 4


def test_two_computations_in_one_process_share_its_cores(tmp_path):
    share = CoreShare(tmp_path, 4)
    with share.computing() as first, share.computing() as second:
        assert (first, second) == (4, 2)
    with share.computing() as alone:
        assert alone == 4
