from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinapp.ops.capacity import Capacity, photos_at_once, plan_capacity


@pytest.mark.parametrize(
    ("cores", "workers", "torch_threads"), [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 4, 1), (16, 4, 4)]
)
def test_cores_are_shared_out(cores: int, workers: int, torch_threads: int):
    planned = plan_capacity(cores)
    assert (planned.workers, planned.torch_threads) == (workers, torch_threads)


@given(st.integers(1, 256))
def test_cores_are_never_oversubscribed(cores: int):
    planned = plan_capacity(cores)
    assert planned.workers * planned.torch_threads <= cores


def test_what_the_administrator_asks_for_is_taken():
    assert plan_capacity(8, workers=1, threads=9) == Capacity(1, 9, 8, streams=2, stream_threads=4)


@pytest.mark.parametrize(
    ("cores", "streams", "stream_threads"), [(1, 1, 1), (2, 2, 1), (4, 2, 1), (16, 2, 4)]
)
def test_photos_of_one_process_are_computed_two_at_a_time(
    cores: int, streams: int, stream_threads: int
):
    planned = plan_capacity(cores)
    assert (planned.streams, planned.stream_threads) == (streams, stream_threads)


def test_more_workers_than_cores_compute_with_one_thread_each():
    assert plan_capacity(2, workers=6).torch_threads == 1


@given(st.integers(1, 256))
def test_gpu_is_served_by_one_process_that_can_fill_a_batch(cores: int):
    planned = plan_capacity(cores, on_gpu=True)
    assert (planned.workers, planned.threads) == (1, 16)
    assert planned.torch_threads * planned.threads <= max(cores, planned.threads)


def test_what_the_administrator_asks_for_is_taken_on_a_gpu_too():
    planned = plan_capacity(8, workers=2, threads=2, on_gpu=True)
    assert (planned.workers, planned.threads, planned.torch_threads) == (2, 2, 2)


def test_as_many_photos_are_let_in_as_are_planned_for():
    assert (photos_at_once(), photos_at_once(on_gpu=True), photos_at_once(7, on_gpu=True)) == (
        plan_capacity(4).threads,
        plan_capacity(4, on_gpu=True).threads,
        7,
    )
