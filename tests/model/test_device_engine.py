"""PyTorch on a device, in batches.  The device is the processor: the code is the GPU's."""

import copy

import numpy as np
import pytest
import torch

from skinapp.model import device_engine
from skinapp.model.card import read_card
from skinapp.model.device_engine import DeviceEngine, find_gpu
from skinapp.model.engine import EngineUnfit
from skinapp.model.network import load_network
from tests.model_folders import write_model_folder

CPU = torch.device("cpu")


@pytest.fixture
def float32_only(monkeypatch):
    monkeypatch.setattr(device_engine, "computes_bfloat16", lambda _device: False)


def some_images(count, side_px=64):
    numbers = np.random.default_rng(3)
    return [numbers.normal(size=(1, 3, side_px, side_px)).astype(np.float32) for _ in range(count)]


def set_up(card, network, most=3):
    engine = DeviceEngine(card, copy.deepcopy(network), CPU, most)
    engine.setup()
    return engine


class ShortOfMemory(torch.nn.Module):
    """Convolutions on a device that has memory for so many images only."""

    def __init__(self, features, fits):
        super().__init__()
        self.whole, self.fits = features, fits

    def forward(self, images):
        if len(images) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.whole(images)


class Lost(torch.nn.Module):
    """Convolutions on a device that answers no more."""

    def forward(self, _images):
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered\nHint")


def short_of_memory(network, fits):
    network = copy.deepcopy(network)
    network.features = ShortOfMemory(network.features, fits)
    return network


@pytest.mark.usefixtures("float32_only")
def test_images_of_a_batch_get_the_answers_of_the_plain_network(card, random_network):
    images = some_images(3)
    found = set_up(card, random_network).predict_batch(images)
    for image, output in zip(images, found, strict=True):
        plain = random_network(torch.from_numpy(image))
        for ours, theirs in zip(output, plain, strict=True):
            np.testing.assert_allclose(ours, theirs[0].numpy(), atol=1e-4)
            assert ours.dtype == np.float32


def test_images_of_a_batch_get_the_answers_that_they_get_alone(card, random_network, monkeypatch):
    monkeypatch.setattr(device_engine, "computes_bfloat16", lambda _device: True)
    monkeypatch.setattr(device_engine, "MAX_BFLOAT16_GAP", 1.0)
    engine = set_up(card, random_network)
    assert engine.report.precision == "bfloat16"
    images = some_images(3)
    together = engine.predict_batch(images)
    for image, output in zip(images, together, strict=True):
        for ours, alone in zip(output, engine.predict(image), strict=True):
            np.testing.assert_allclose(ours, alone, atol=0.03 * np.abs(alone).max())


@pytest.mark.usefixtures("float32_only")
def test_answer_keeps_nobody_elses_alive(card, random_network):
    first, second = set_up(card, random_network).predict_batch(some_images(2))
    for ours, theirs in zip(first, second, strict=True):
        assert ours.base is None
        assert not np.shares_memory(ours, theirs)


@pytest.mark.parametrize(
    "case",
    [(True, 1.0, "bfloat16"), (True, 0.0, "float32"), (False, 1.0, "float32")],
)
def test_shorter_numbers_are_used_where_they_are_computed_and_stay_close(
    card, random_network, monkeypatch, case
):
    able, allowed, precision = case
    monkeypatch.setattr(device_engine, "computes_bfloat16", lambda _device: able)
    monkeypatch.setattr(device_engine, "MAX_BFLOAT16_GAP", allowed)
    engine = set_up(card, random_network, most=2)
    assert engine.report.precision == precision
    dtypes = {weight.dtype for weight in engine._network.features.parameters()}
    assert dtypes == {getattr(torch, precision)}
    assert engine._network.head.weight.dtype == torch.float32


@pytest.mark.usefixtures("float32_only")
def test_report_tells_device_precision_and_distance(card, random_network):
    report = set_up(card, random_network, most=2).report
    assert (report.name, report.device, report.precision) == ("torch", "cpu", "float32")
    assert "no probability is more than 0.00" in report.reason
    assert report.reason.endswith("up to 2 photos in a batch")


def test_float32_is_not_rounded_on_the_way_into_a_gpus_convolutions(card, random_network):
    torch.backends.cudnn.allow_tf32 = True
    set_up(card, random_network, most=1)
    assert not torch.backends.cudnn.allow_tf32


@pytest.mark.usefixtures("float32_only")
def test_device_that_computes_otherwise_is_refused(card, random_network, monkeypatch):
    def off(network, images):
        output = run_network(network, images)
        return output._replace(logits=output.logits + torch.arange(7.0))

    run_network = device_engine.run_network
    monkeypatch.setattr(device_engine, "run_network", off)
    with pytest.raises(EngineUnfit, match=r"a probability is 0\.\d+ from PyTorch’s"):
        set_up(card, random_network, most=1)


@pytest.mark.usefixtures("float32_only")
def test_device_that_is_wrong_in_batches_only_is_refused(card, random_network, monkeypatch):
    def off(network, images):
        output = run_network(network, images)
        wrong = torch.arange(7.0) * (len(images) - 1)
        return output._replace(logits=output.logits + wrong)

    run_network = device_engine.run_network
    monkeypatch.setattr(device_engine, "run_network", off)
    assert set_up(card, random_network, most=1).report.precision == "float32"
    with pytest.raises(EngineUnfit, match="a probability is"):
        set_up(card, random_network, most=2)


@pytest.mark.usefixtures("float32_only")
def test_device_that_fails_is_refused_in_one_line(card, random_network, monkeypatch):
    def fail(_network, _images):
        raise RuntimeError("CUDA error: unspecified launch failure\nCompile with ...")

    monkeypatch.setattr(device_engine, "run_network", fail)
    with pytest.raises(EngineUnfit, match=r"^cpu fails: CUDA error: unspecified launch failure$"):
        set_up(card, random_network, most=1)


@pytest.mark.usefixtures("float32_only")
def test_batches_are_as_large_as_the_memory_allows(card, random_network):
    engine = set_up(card, short_of_memory(random_network, fits=3), most=5)
    assert engine.most == 3
    with pytest.raises(torch.OutOfMemoryError):
        engine.predict_batch(some_images(4))


@pytest.mark.usefixtures("float32_only")
def test_device_without_memory_for_one_photo_is_refused(card, random_network, monkeypatch):
    monkeypatch.setattr(DeviceEngine, "_fits", lambda _self, _size: False)
    with pytest.raises(EngineUnfit, match="cpu has no memory for a photo"):
        set_up(card, random_network, most=2)


@pytest.mark.usefixtures("float32_only")
def test_images_of_different_sizes_are_no_batch(card, random_network):
    engine = set_up(card, random_network, most=1)
    with pytest.raises(ValueError, match="dimensions"):
        engine.predict_batch(some_images(1) + some_images(1, side_px=96))


def test_every_kind_of_head_runs_in_batches(small_network, tmp_path):
    name, network = small_network
    write_model_folder(tmp_path, network, name)
    card = read_card(tmp_path)
    loaded = load_network(card, tmp_path)
    engine = set_up(card, loaded)
    assert name == "vgg16" or engine.report.precision == "float32"
    images = some_images(3, side_px=96)
    for image, output in zip(images, engine.predict_batch(images), strict=True):
        for ours, theirs in zip(output, loaded(torch.from_numpy(image)), strict=True):
            expected = theirs[0].numpy()
            np.testing.assert_allclose(ours, expected, atol=0.03 * np.abs(expected).max())
    np.testing.assert_array_equal(engine.head_weights, loaded.head_weights.numpy())


def test_pytorch_without_cuda_is_named_as_the_reason(monkeypatch):
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    with pytest.raises(EngineUnfit, match="is built without CUDA"):
        find_gpu()


@pytest.mark.parametrize("found", [False, True])
def test_gpu_is_looked_for_where_pytorch_could_use_one(monkeypatch, found):
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found)
    if found:
        assert find_gpu() == torch.device("cuda")
    else:
        with pytest.raises(EngineUnfit, match="finds no GPU"):
            find_gpu()


@pytest.mark.usefixtures("float32_only")
def test_device_that_is_lost_is_told_of_once(card, random_network):
    told = []
    engine = DeviceEngine(card, copy.deepcopy(random_network), CPU, 2, told.append)
    engine.setup()
    engine._network.features = Lost()
    for _ in range(2):
        with pytest.raises(torch.AcceleratorError):
            engine.predict(some_images(1)[0])
    assert told == ["cpu is lost: CUDA error: an illegal memory access was encountered"]


@pytest.mark.usefixtures("float32_only")
def test_memory_that_is_short_is_no_lost_device(card, random_network):
    told = []
    engine = DeviceEngine(card, copy.deepcopy(random_network), CPU, 2, told.append)
    engine.setup()
    engine._network = short_of_memory(engine._network, 0)
    with pytest.raises(torch.OutOfMemoryError):
        engine.predict(some_images(1)[0])
    assert told == []
