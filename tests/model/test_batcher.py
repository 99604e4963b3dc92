"""Putting together what arrives while something computes."""

import threading
import weakref
from concurrent.futures import CancelledError, wait

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skinapp.model.batcher import Batcher

PATIENCE_S = 20


class Doubler:
    """Doubles numbers, and keeps the batches; computes only while ``gate`` is open."""

    def __init__(self, bad=frozenset(), fits=1000):
        self.batches = []
        self.gate, self.begun = threading.Event(), threading.Event()
        self.gate.set()
        self._bad, self._fits = bad, fits

    def __call__(self, numbers):
        self.begun.set()
        assert self.gate.wait(PATIENCE_S)
        self.batches.append(list(numbers))
        if len(numbers) > self._fits:
            raise MemoryError
        if found := self._bad.intersection(numbers):
            raise ValueError(sorted(found))
        return [2 * number for number in numbers]


@pytest.fixture
def doubler():
    return Doubler()


@pytest.fixture
def batcher(doubler):
    batcher = Batcher(doubler, most=4)
    yield batcher
    doubler.gate.set()
    batcher.close()


def held_up(doubler, batcher, number=0):
    """Begin a batch that does not end before the gate opens."""
    doubler.gate.clear()
    doubler.begun.clear()
    first = batcher.submit(number)
    assert doubler.begun.wait(PATIENCE_S)
    return first


def test_item_that_finds_nothing_computing_waits_for_nobody(doubler, batcher):
    assert [batcher.submit(number).result(PATIENCE_S) for number in (1, 2)] == [2, 4]
    assert doubler.batches == [[1], [2]]


def test_what_arrives_during_a_batch_goes_into_the_next_ones_in_order(doubler, batcher):
    first = held_up(doubler, batcher)
    others = [batcher.submit(number) for number in range(1, 7)]
    doubler.gate.set()
    assert first.result(PATIENCE_S) == 0
    assert [other.result(PATIENCE_S) for other in others] == [2, 4, 6, 8, 10, 12]
    assert doubler.batches == [[0], [1, 2, 3, 4], [5, 6]]


def test_smaller_bound_holds_from_the_next_batch_on(doubler, batcher):
    held_up(doubler, batcher)
    batcher.most = 2
    others = [batcher.submit(number) for number in (1, 2, 3)]
    doubler.gate.set()
    wait(others, PATIENCE_S)
    assert doubler.batches == [[0], [1, 2], [3]]


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 24),
    most=st.integers(1, 16),
    bad=st.sets(st.integers(1, 24)),
    fits=st.integers(1, 16),
)
def test_everybody_gets_their_own_answer_or_their_own_failure(count, most, bad, fits):
    doubler = Doubler(frozenset(bad), fits)
    batcher = Batcher(doubler, most)
    held_up(doubler, batcher)
    answers = {number: batcher.submit(number) for number in range(1, count + 1)}
    doubler.gate.set()
    batcher.close()
    for number, answer in answers.items():
        if number in bad:
            failure = answer.exception(PATIENCE_S)
            assert isinstance(failure, ValueError)
            assert failure.args == ([number],)
        else:
            assert answer.result(PATIENCE_S) == 2 * number
    assert max(map(len, doubler.batches)) <= most
    alone_or_well = [n for batch in doubler.batches if len(batch) <= fits for n in batch]
    assert set(alone_or_well) == {0, *answers}


def test_batch_too_large_for_the_memory_is_halved_until_it_fits():
    doubler = Doubler(fits=2)
    batcher = Batcher(doubler, most=8)
    held_up(doubler, batcher)
    answers = [batcher.submit(number) for number in range(1, 9)]
    doubler.gate.set()
    assert [answer.result(PATIENCE_S) for answer in answers] == [2, 4, 6, 8, 10, 12, 14, 16]
    assert [len(batch) for batch in doubler.batches] == [1, 8, 4, 2, 2, 4, 2, 2]
    batcher.close()


def test_failure_is_forgotten_before_its_batch_is_tried_again():
    """Its traceback holds what the computation allocated: memory that the retry needs."""
    alive, alive_before = weakref.WeakSet(), []
    entered, leave = threading.Event(), threading.Event()

    class Allocation:
        pass

    def compute(numbers):
        alive_before.append(len(alive))
        memory = Allocation()
        alive.add(memory)
        if numbers == [0]:
            entered.set()
            assert leave.wait(PATIENCE_S)
        if len(numbers) > 1:
            raise MemoryError
        return numbers

    batcher = Batcher(compute, most=2)
    answers = [batcher.submit(0)]
    assert entered.wait(PATIENCE_S)
    answers += [batcher.submit(number) for number in (1, 2)]
    leave.set()
    assert [answer.result(PATIENCE_S) for answer in answers] == [0, 1, 2]
    assert alive_before == [0, 0, 0, 0]
    batcher.close()


def test_computation_that_loses_an_answer_leaves_nobody_waiting():
    batcher = Batcher(lambda _numbers: [], most=4)
    with pytest.raises(ValueError, match="shorter"):
        batcher.submit(1).result(PATIENCE_S)
    batcher.close()


def test_even_an_exit_in_the_computation_reaches_the_one_who_waits():
    def leave(_numbers):
        raise SystemExit("gone")

    batcher = Batcher(leave, most=4)
    assert isinstance(batcher.submit(1).exception(PATIENCE_S), SystemExit)
    batcher.close()


def test_caller_who_gave_up_harms_nobody(doubler, batcher):
    held_up(doubler, batcher)
    gone, there = batcher.submit(1), batcher.submit(2)
    assert gone.cancel()
    doubler.gate.set()
    assert there.result(PATIENCE_S) == 4
    with pytest.raises(CancelledError):
        gone.result(PATIENCE_S)
    assert doubler.batches == [[0], [2]]


def test_closing_answers_all_who_wait_and_takes_no_more(doubler, batcher):
    first = held_up(doubler, batcher)
    waiting = [batcher.submit(number) for number in range(1, 10)]
    doubler.gate.set()
    batcher.close()
    assert [answer.done() for answer in (first, *waiting)] == [True] * 10
    assert waiting[-1].result() == 18
    with pytest.raises(RuntimeError, match="after shutdown"):
        batcher.submit(11)
    assert not batcher._waiting


def test_items_from_many_threads_all_get_their_answers(doubler, batcher):
    found = {}

    def ask(start):
        for number in range(start, start + 25):
            found[number] = batcher.submit(number).result(PATIENCE_S)

    threads = [threading.Thread(target=ask, args=(100 * k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert found == {n: 2 * n for k in range(8) for n in range(100 * k, 100 * k + 25)}
    assert sorted(n for batch in doubler.batches for n in batch) == sorted(found)
