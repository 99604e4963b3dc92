from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch

from benchmarks.batching import ask, main, row
from skinapp.domain.engine import EngineReport
from skinapp.model.engine import RawOutput

IMAGE = np.zeros((1, 3, 8, 8), np.float32)


class SlowEngine:
    """Takes 5 ms, and notes how many threads were in it at once."""

    report = EngineReport("slow", "1", "float32", "for tests")
    head_weights = np.ones((7, 2), np.float32)
    callers = 2

    def __init__(self):
        self.inside = self.most_inside = self.answered = 0
        self._counting = threading.Lock()

    def setup(self):
        pass

    def predict(self, image):
        with self._counting:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        time.sleep(0.005)
        with self._counting:
            self.inside -= 1
            self.answered += 1
        return RawOutput(image[0, 0, 0], image[0, 0, 0], image[0])


def test_as_many_ask_at_once_as_the_engine_says_that_it_pays():
    engine = SlowEngine()
    took_s, elapsed_s = ask(engine, IMAGE, callers=4, seconds=0.2)
    assert engine.most_inside == 2
    assert len(took_s) == engine.answered >= 4
    assert elapsed_s >= 0.2
    # Four callers share two places: each waits for another one's turn and then for its own.
    assert min(took_s) >= 0.005
    assert max(took_s) >= 0.01


def test_table_tells_answers_a_second_and_milliseconds():
    found = row("alone", 4, [0.1, 0.1, 0.1, 0.5], elapsed_s=2.0)
    assert (found["form"], found["callers"], found["answers_per_s"]) == ("alone", 4, 2.0)
    assert found["p50_ms"] == 100.0
    assert found["p99_ms"] == pytest.approx(488, abs=1)


def test_device_that_is_not_there_is_told_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    assert main(["--device", "cuda", "--seconds", "0"]) == 1
    assert "is built without CUDA" in capsys.readouterr().err
