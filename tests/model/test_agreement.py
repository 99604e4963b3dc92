"""How far an engine may be from PyTorch in float32: 0.02, and by a shorter number type 0.01."""

from pathlib import Path

import numpy as np
import pytest
import torch

from skinapp.model import convert as conversion
from skinapp.model import device_engine, torch_engine
from skinapp.model.device_engine import DeviceEngine
from skinapp.model.engine import EngineUnfit, RawOutput, Reference, probability_gap
from skinapp.model.engine_cache import blob_name, read_entry
from skinapp.model.openvino_engine import OpenVinoEngine
from skinapp.model.torch_engine import TorchEngine
from tests.small_networks import narrow_vgg

JUST_WITHIN, JUST_BEYOND = 0.0199, 0.0201
JUST_WITHIN_SHORT, JUST_BEYOND_SHORT = 0.0099, 0.0101
SHORT = [(JUST_WITHIN_SHORT, "bfloat16"), (JUST_BEYOND_SHORT, "float32")]
SQUARES = np.zeros((2, 64, 64, 3), np.uint8)


@pytest.fixture
def network():
    return narrow_vgg(7).eval().requires_grad_(False)


def logits_of(card, *probabilities):
    """Raw outputs ``(n, 7)`` that are these probabilities when they are calibrated."""
    return (card.temperature * np.log(np.array(probabilities))).astype(np.float32)


def moved(by):
    """Probabilities of seven classes, of which one has given so much to another."""
    return [0.4 - by, 0.2 + by, 0.1, 0.1, 0.1, 0.05, 0.05]


def test_gap_is_the_furthest_that_any_probability_of_any_photo_moves(card):
    reference = logits_of(card, moved(0), moved(0), moved(0))
    found = logits_of(card, moved(0.003), moved(-0.017), moved(0))
    assert probability_gap(found, reference, card) == pytest.approx(0.017, abs=1e-5)


@pytest.mark.parametrize("nonsense", [np.nan, np.inf])
def test_answer_that_is_no_number_is_infinitely_far(card, nonsense):
    reference = logits_of(card, moved(0))
    found = reference.copy()
    found[0, 3] = nonsense
    with np.errstate(invalid="ignore"):
        assert probability_gap(found, reference, card) == float("inf")


def a_converted_network(card, gap):
    """OpenVINO's engine, whose network says of every photo what is so far from its reference."""

    class Converted(OpenVinoEngine):
        def load(self):
            pass

        def predict(self, image):
            return RawOutput(logits_of(card, moved(gap))[0], image[0, :, 0, 0], image[0])

    reference = Reference(SQUARES, logits_of(card, moved(0), moved(0)))
    return Converted(card, Path("blob"), "float32", reference, np.ones((7, 3), np.float32))


def test_converted_network_just_within_the_limit_serves(card):
    engine = a_converted_network(card, JUST_WITHIN)
    engine.setup()
    assert "no probability is more than 0.0199 from" in engine.report.reason


def test_converted_network_just_beyond_the_limit_is_unfit(card):
    with pytest.raises(EngineUnfit, match=r"a probability is 0\.020 from .* more than 0\.02$"):
        a_converted_network(card, JUST_BEYOND).setup()


@pytest.fixture
def convert(card, network, tmp_path, monkeypatch):
    """Convert on a processor with bfloat16, where each precision is so far from the reference."""

    def run(bfloat16, float32):
        gaps = {"bfloat16": bfloat16, "float32": float32}

        def write(draft, _compiled, precision):
            (draft.folder / blob_name(precision)).write_bytes(b"compiled")
            return gaps[precision]

        monkeypatch.setattr(conversion._Draft, "write", write)
        monkeypatch.setattr(conversion, "_as_openvino", lambda *_: (b"", b""))
        monkeypatch.setattr(conversion, "_compiled", lambda *_: None)
        monkeypatch.setattr(conversion, "compile_quicker", lambda *_: (None, "the quicker"))
        monkeypatch.setattr(conversion, "has_fast_bfloat16", lambda: True)
        monkeypatch.setattr(conversion, "reference_squares", lambda _size_px: SQUARES)
        conversion.convert(card, network, tmp_path)
        return read_entry(tmp_path).facts.precision

    return run


def test_network_beyond_the_limit_in_float32_is_not_converted(convert):
    with pytest.raises(EngineUnfit, match=r"moves a probability by 0\.020, more than 0\.02$"):
        convert(bfloat16=1.0, float32=JUST_BEYOND)


@pytest.fixture
def on_device(card, network, monkeypatch):
    """Set up a device with bfloat16 that is so far from the reference in each precision."""

    def run(bfloat16, float32):
        gaps = {"bfloat16": bfloat16, "float32": float32}
        monkeypatch.setattr(device_engine, "computes_bfloat16", lambda _device: True)
        monkeypatch.setattr(device_engine, "reference_squares", lambda _size_px: SQUARES)
        monkeypatch.setattr(DeviceEngine, "_measure_gap", lambda self, _: gaps[self._precision])
        engine = DeviceEngine(card, network, torch.device("cpu"), 1)
        engine.setup()
        return engine.report.precision

    return run


@pytest.fixture(params=["convert", "on_device"])
def precision_of(request):
    """What is chosen where bfloat16 and float32 are so far from the reference."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(("gap", "precision"), SHORT)
def test_shorter_numbers_are_chosen_up_to_their_limit(precision_of, gap, precision):
    assert precision_of(bfloat16=gap, float32=0.0) == precision


def test_float32_is_chosen_up_to_its_limit(precision_of):
    assert precision_of(bfloat16=1.0, float32=JUST_WITHIN) == "float32"


def test_device_beyond_the_limit_in_float32_is_unfit(on_device):
    with pytest.raises(EngineUnfit, match=r"a probability is 0\.020 from .* more than 0\.02$"):
        on_device(bfloat16=1.0, float32=JUST_BEYOND)


def unpacked(network, _size_px, dtype):
    """The network in shorter numbers as it is: not every processor can pack these."""
    network.features.to(dtype)
    return network


@pytest.mark.parametrize(("gap", "precision"), SHORT)
def test_torch_computes_with_shorter_numbers_up_to_their_limit(
    card, network, monkeypatch, gap, precision
):
    monkeypatch.setattr(torch_engine, "has_fast_bfloat16", lambda: True)
    monkeypatch.setattr(torch_engine, "reference_squares", lambda _size_px: SQUARES)
    monkeypatch.setattr(torch_engine, "probability_gap", lambda *_: gap)
    monkeypatch.setattr(torch_engine, "pack", unpacked)
    engine = TorchEngine(card, network)
    engine.setup()
    assert engine.report.precision == precision
