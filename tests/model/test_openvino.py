"""The OpenVINO engine: converted once, loaded without torch, in agreement with torch."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skinapp.model.card import read_card, write_card
from skinapp.model.engine import EngineUnfit, Reference
from skinapp.model.engine_cache import read_entry
from skinapp.model.engines import EnginePlan, choose_engine
from skinapp.model.network import load_network
from skinapp.model.openvino_engine import OpenVinoEngine
from skinapp.model.torch_engine import TorchEngine
from tests.model_folders import write_model_folder

ROOT = Path(__file__).resolve().parents[2]
LOAD_IN_A_FRESH_PROCESS = """
import sys
from pathlib import Path
from skinapp.model.classifier import load_classifier
from skinapp.model.engines import EnginePlan
folder, cache = map(Path, sys.argv[1:])
classifier = load_classifier(folder, EnginePlan("openvino", cache))
classifier.warm()
print([x for x in ("torch", "torchvision", "openvino_telemetry") if sys.modules.get(x)])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, random_network):
    """A small network for small squares, so that the conversion takes little."""
    folder = tmp_path_factory.mktemp("small")
    write_model_folder(folder, random_network)
    card = read_card(folder)
    write_card(
        card.model_copy(update={"input": card.input.model_copy(update={"size_px": 64})}), folder
    )
    return folder


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def card(folder):
    return read_card(folder)


@pytest.fixture(scope="module")
def engine(folder, card, cache_dir):
    """Converted in a process of its own, as the first start does it."""
    return choose_engine(card, folder, EnginePlan("openvino", cache_dir, streams=2, threads=1))


@pytest.fixture(scope="module")
def entry(engine, folder, cache_dir):
    assert engine.report.name == "openvino"
    (path,) = (p for p in (cache_dir / folder.name).iterdir() if p.is_dir())
    return read_entry(path)


def an_image(seed=0):
    return np.random.default_rng(seed).normal(size=(1, 3, 64, 64)).astype(np.float32)


def test_answers_are_those_of_torch(engine, card, folder):
    reference = TorchEngine(card, load_network(card, folder), packed=False)
    reference.setup()
    found, expected = engine.predict(an_image()), reference.predict(an_image())
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert ours.dtype == np.float32
        # bfloat16 has eight bits of precision.
        np.testing.assert_allclose(ours, theirs, atol=0.05 * np.abs(theirs).max())
    np.testing.assert_array_equal(engine.head_weights, reference.head_weights)


def test_report_says_how_close_it_is(engine):
    report = engine.report
    assert report.precision in {"float32", "bfloat16"}
    assert "no probability is more than 0.0" in report.reason


def test_answers_are_numbers_of_the_caller(engine):
    first = engine.predict(an_image())
    kept = [values.copy() for values in first]
    engine.predict(an_image(seed=1))
    for values, before in zip(first, kept, strict=True):
        np.testing.assert_array_equal(values, before)


def test_later_start_loads_no_torch_and_tells_nobody(engine, folder, cache_dir):
    assert engine.report.name == "openvino"
    done = subprocess.run(
        [sys.executable, "-c", LOAD_IN_A_FRESH_PROCESS, str(folder), str(cache_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_network_that_disagrees_with_the_reference_is_unfit(entry, card):
    reference, head_weights = entry.read_reference()
    other = Reference(reference.squares, reference.logits[:, ::-1] * 3)
    with pytest.raises(EngineUnfit, match="on a built-in photo a probability is"):
        OpenVinoEngine(card, entry.blob, entry.facts.precision, other, head_weights).setup()


def test_file_that_is_no_network_is_unfit(entry, card, tmp_path):
    (tmp_path / "blob").write_bytes(b"nonsense")
    engine = OpenVinoEngine(card, tmp_path / "blob", "float32", *entry.read_reference())
    with pytest.raises(EngineUnfit, match="can't be loaded"):
        engine.setup()


def test_facts_say_why_this_precision(entry):
    facts = json.loads((entry.folder / "facts.json").read_text())
    assert facts["precision"] == entry.facts.precision
    assert "bfloat16" in facts["chosen_because"]
    told = "convolutions take" in facts["chosen_because"]
    assert told == (facts["precision"] == "float32" and platform.machine() == "x86_64")
