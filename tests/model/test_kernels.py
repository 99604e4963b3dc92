"""OpenVINO’s older convolutions are asked for, and taken where they are quicker."""

import platform
import time
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from skinapp.model.kernels import compile_quicker, kernels, prefer_older
from skinapp.model.openvino_door import openvino
from skinapp.model.openvino_engine import configuration

ON_X86 = platform.machine() == "x86_64"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A network as OpenVINO writes it: a convolution, one for each channel apart, a sum."""
    ops = openvino.opset13
    image = ops.parameter([1, 8, 16, 16], np.float32)
    rng = np.random.default_rng(0)
    geometry = ([1, 1], [0, 0], [0, 0], [1, 1])
    mixed = ops.convolution(image, rng.normal(size=(32, 8, 1, 1)).astype(np.float32), *geometry)
    geometry = ([1, 1], [1, 1], [1, 1], [1, 1])
    apart = ops.group_convolution(
        ops.relu(mixed), rng.normal(size=(32, 1, 1, 3, 3)).astype(np.float32), *geometry
    )
    model = openvino.Model([ops.add(apart, mixed)], [image])
    path = tmp_path_factory.mktemp("written") / "model.xml"
    openvino.save_model(model, path)
    return path.read_bytes(), path.with_suffix(".bin").read_bytes()


@pytest.fixture(scope="module")
def compiled(written):
    """Compiles a description of that network."""
    weights = written[1]

    def run(description):
        core = openvino.Core()
        model = core.read_model(description, weights)
        return core.compile_model(model, "CPU", configuration("float32", threads=1))

    return run


def asked_for(description):
    layers = ET.fromstring(description).iter("layer")
    wishes = (
        (layer, layer.find("rt_info/attribute[@name='primitives_priority']")) for layer in layers
    )
    return {layer.get("type"): wish.get("value") for layer, wish in wishes if wish is not None}


def test_convolutions_ask_for_the_older_kernels_and_nothing_else_does(written):
    assert asked_for(written[0]) == {}
    asked = asked_for(prefer_older(written[0]))
    assert asked.keys() == {"Convolution", "GroupConvolution"}
    assert asked["Convolution"].endswith("cpu:jit_avx2_1x1,cpu:jit_avx2")
    assert asked["GroupConvolution"].endswith("cpu:jit_avx2_dw,cpu:jit_avx2")


def names_of_the_old(found):
    return not any(name.startswith("brgconv_") for name in found)


def test_this_openvino_understands_the_names(written, compiled):
    own, older = kernels(compiled(written[0])), kernels(compiled(prefer_older(written[0])))
    if ON_X86:
        assert not names_of_the_old(own)
        assert names_of_the_old(older)
    else:
        assert own == older


def test_what_was_asked_for_is_kept_in_the_file(written, compiled):
    older = compiled(prefer_older(written[0]))
    exported = older.export_model()
    content = exported if isinstance(exported, bytes) else exported.getvalue()
    loaded = openvino.Core().import_model(content, "CPU", configuration("float32", threads=1))
    assert kernels(loaded) == kernels(older)


def test_either_kernels_give_the_same_answers(written, compiled):
    image = np.random.default_rng(1).normal(size=(1, 8, 16, 16)).astype(np.float32)
    own, older = (compiled(each)([image])[0] for each in (written[0], prefer_older(written[0])))
    np.testing.assert_allclose(older, own, atol=1e-5)


class Timed:
    """Stands for a compiled network that takes some time and has kernels of some names."""

    def __init__(self, seconds, name):
        self.seconds, self.name = seconds, name

    def input(self, _index):
        return np.empty((1, 3, 4, 4))

    def create_infer_request(self):
        return self

    def infer(self, _images, *, share_inputs):
        assert share_inputs
        time.sleep(self.seconds)


@pytest.fixture
def kernels_by_name(monkeypatch):
    monkeypatch.setattr("skinapp.model.kernels.kernels", lambda compiled: {compiled.name})


@pytest.mark.usefixtures("kernels_by_name")
@pytest.mark.parametrize(
    ("own_s", "older_s", "taken"), [(0.02, 0.002, "older"), (0.002, 0.02, "own")]
)
def test_the_quicker_ones_are_taken(written, own_s, older_s, taken):
    made = iter([Timed(own_s, "own"), Timed(older_s, "older")])
    chosen, why = compile_quicker(written[0], lambda _model: next(made))
    assert chosen.name == taken
    assert "of the newer ones’ time" in why


@pytest.mark.usefixtures("kernels_by_name")
def test_where_there_is_no_choice_nothing_is_measured_or_said(written):
    made = iter([Timed(0, "one"), Timed(0, "one")])
    assert compile_quicker(written[0], lambda _model: next(made))[1] == ""


@pytest.mark.usefixtures("kernels_by_name")
def test_names_that_are_not_understood_leave_openvinos_own(written):
    own = Timed(0, "own")
    asked = []

    def fails_when_asked(model):
        asked.append(model)
        if len(asked) == 2:
            raise RuntimeError("Unsupported CPU implementation")
        return own

    assert compile_quicker(written[0], fails_when_asked) == (own, "")
