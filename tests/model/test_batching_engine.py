"""Photos that share forward passes, from the choice of the engine to the prediction."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from skinapp.domain.errors import ModelRefused
from skinapp.domain.photo import Photo
from skinapp.model import device_engine
from skinapp.model.batching_engine import BatchingEngine
from skinapp.model.card import read_card
from skinapp.model.classifier import NetworkClassifier, load_classifier
from skinapp.model.device_engine import DeviceEngine
from skinapp.model.engine import EngineUnfit
from skinapp.model.engines import EnginePlan, choose_engine
from skinapp.model.network import load_network
from skinapp.synthetic import KINDS, draw_lesion

PATIENCE_S = 60
GPU = EnginePlan(device="cuda", most_in_batch=4)


class WatchedEngine(DeviceEngine):
    """Counts its batches; the first one of a rush waits until all the others have come."""

    def __init__(self, card, network, most=4):
        super().__init__(card, network, torch.device("cpu"), most)
        self.sizes = []
        self.begun, self.gate = threading.Event(), threading.Event()
        self.gate.set()
        self.fits = most

    def predict_batch(self, images):
        self.begun.set()
        assert self.gate.wait(PATIENCE_S)
        self.sizes.append(len(images))
        if len(images) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().predict_batch(images)


@pytest.fixture
def watched(model_folder, monkeypatch):
    monkeypatch.setattr(device_engine, "computes_bfloat16", lambda _device: False)
    card = read_card(model_folder)
    engine = WatchedEngine(card, load_network(card, model_folder))
    batching = BatchingEngine(engine)
    batching.setup()
    engine.sizes.clear()
    yield engine, batching
    engine.gate.set()
    batching.close()


@pytest.fixture
def gpu_is_the_processor(monkeypatch):
    monkeypatch.setattr(device_engine, "find_gpu", lambda: torch.device("cpu"))
    monkeypatch.setattr(device_engine, "computes_bfloat16", lambda _device: False)


def some_images(count):
    numbers = np.random.default_rng(3)
    return [numbers.normal(size=(1, 3, 96, 96)).astype(np.float32) for _ in range(count)]


def until_there_wait(batching, number):
    end = time.monotonic() + PATIENCE_S
    while len(batching._batcher._waiting) < number:
        assert time.monotonic() < end, "they never came"
        time.sleep(0.001)


def rush(engine, batching, images, pool):
    """One image computes; the others come meanwhile.  Gives what is to be their outputs."""
    engine.gate.clear()
    engine.begun.clear()
    pending = [pool.submit(batching.predict, images[0])]
    assert engine.begun.wait(PATIENCE_S)
    pending += [pool.submit(batching.predict, image) for image in images[1:]]
    until_there_wait(batching, len(images) - 1)
    engine.gate.set()
    return pending


def a_photo(seed):
    picture = draw_lesion(KINDS[seed % len(KINDS)], seed=seed, width_px=160, height_px=120)
    return Photo(picture.tobytes(), 160, 120, 160, 120, "PNG")


def test_callers_that_come_during_a_pass_share_the_next_one(watched):
    engine, batching = watched
    images = some_images(6)
    with ThreadPoolExecutor(6) as pool:
        found = [each.result(PATIENCE_S) for each in rush(engine, batching, images, pool)]
    assert engine.sizes == [1, 4, 1]
    for image, output in zip(images, found, strict=True):
        for ours, alone in zip(output, engine.predict(image), strict=True):
            np.testing.assert_allclose(ours, alone, atol=1e-4)


def test_one_bad_image_fails_alone(watched):
    engine, batching = watched
    images = [*some_images(3), np.zeros((1, 4, 96, 96), np.float32), *some_images(1)]
    with ThreadPoolExecutor(5) as pool:
        pending = rush(engine, batching, images, pool)
        with pytest.raises(RuntimeError, match="4 channels"):
            pending[3].result(PATIENCE_S)
        found = [pending[at].result(PATIENCE_S) for at in (0, 1, 2, 4)]
    for image, output in zip(some_images(3), found, strict=False):
        np.testing.assert_allclose(output.logits, engine.predict(image).logits, atol=1e-4)


def test_batch_that_memory_got_short_for_is_halved_and_answered(watched):
    engine, batching = watched
    engine.fits = 2
    images = some_images(5)
    with ThreadPoolExecutor(5) as pool:
        found = [each.result(PATIENCE_S) for each in rush(engine, batching, images, pool)]
    assert engine.sizes == [1, 4, 2, 2]
    for image, output in zip(images, found, strict=True):
        np.testing.assert_allclose(output.logits, engine.predict(image).logits, atol=1e-4)


def test_memory_that_is_short_for_one_photo_is_told_to_its_caller_only(watched):
    engine, batching = watched
    engine.fits = 0
    with pytest.raises(torch.OutOfMemoryError):
        batching.predict(some_images(1)[0])
    engine.fits = 4
    assert np.isfinite(batching.predict(some_images(1)[0]).logits).all()


def test_batches_keep_to_what_the_set_up_found(model_folder, monkeypatch):
    monkeypatch.setattr(device_engine, "computes_bfloat16", lambda _device: False)
    card = read_card(model_folder)
    engine = WatchedEngine(card, load_network(card, model_folder), most=3)
    engine.fits = 2
    batching = BatchingEngine(engine)
    batching.setup()
    assert (engine.most, batching._batcher.most, batching.callers) == (2, 2, 4)
    batching.close()


@pytest.mark.usefixtures("gpu_is_the_processor")
def test_photos_that_are_classified_at_once_share_passes(watched, model_folder):
    engine, batching = watched
    classifier = NetworkClassifier(read_card(model_folder), batching)
    photos = [a_photo(seed) for seed in range(6)]
    engine.gate.clear()
    engine.begun.clear()
    pending = [classifier.begin(photos[0])]
    # Alone: in a batch of those that came with it, it would leave fewer to wait.
    assert engine.begun.wait(PATIENCE_S)
    pending += [classifier.begin(photo) for photo in photos[1:]]
    until_there_wait(batching, 5)
    engine.gate.set()
    found = [each.result(PATIENCE_S) for each in pending]
    assert sum(engine.sizes) == 6
    assert max(engine.sizes) == 4
    expected = load_classifier(model_folder)
    for photo, prediction in zip(photos, found, strict=True):
        alone = expected.predict(photo)
        assert prediction.probabilities == pytest.approx(alone.probabilities, abs=0.01)
        assert prediction.activation_map.values == pytest.approx(
            alone.activation_map.values, abs=0.1
        )


@pytest.mark.usefixtures("gpu_is_the_processor")
def test_gpu_that_is_asked_for_serves_in_batches(model_folder):
    classifier = load_classifier(model_folder, GPU)
    classifier.warm()
    assert isinstance(classifier._engine, BatchingEngine)
    report = classifier.engine
    assert (report.name, report.device) == ("torch", "cpu")
    assert report.reason.endswith("up to 4 photos in a batch")
    prediction = classifier.predict(a_photo(1))
    alone = load_classifier(model_folder).predict(a_photo(1))
    assert prediction.probabilities == pytest.approx(alone.probabilities, abs=0.01)


def test_gpu_that_cannot_serve_refuses_the_start_in_one_sentence(model_folder, monkeypatch):
    def lacking():
        raise EngineUnfit("PyTorch finds no GPU, or no driver for it")

    monkeypatch.setattr(device_engine, "find_gpu", lacking)
    with pytest.raises(ModelRefused, match=r"can't serve .*: PyTorch finds no GPU, or no driver"):
        choose_engine(read_card(model_folder), model_folder, GPU)


def test_before_the_fork_pytorch_is_imported_and_cuda_left_alone(model_folder):
    program = """
import sys, torch
from pathlib import Path
touched = []
for name in ("_lazy_init", "init", "is_available", "device_count", "is_bf16_supported"):
    setattr(torch.cuda, name, lambda *_, name=name, **__: touched.append(name))
from skinapp.model.engines import EnginePlan, prepare
prepare(Path(sys.argv[1]), EnginePlan(device="cuda"), touched.append)
print(touched, "skinapp.model.device_engine" in sys.modules, "openvino" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(model_folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[] True False"
