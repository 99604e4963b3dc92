"""Which engine is chosen, and what is said about it.  OpenVINO itself is in test_openvino."""

import subprocess
import sys
import time
from contextlib import nullcontext

import pytest

from skinapp.domain.errors import ModelRefused
from skinapp.model import engines
from skinapp.model.card import read_card
from skinapp.model.engine import EngineUnfit
from skinapp.model.engine_cache import EngineCache
from skinapp.model.engines import EnginePlan, choose_engine, prepare


def unfit(reason):
    def refuse(*_arguments):
        raise EngineUnfit(reason)

    return refuse


def chosen(folder, plan):
    return choose_engine(read_card(folder), folder, plan).report


def test_torch_is_taken_where_it_is_asked_for(model_folder, tmp_path):
    report = chosen(model_folder, EnginePlan("torch", tmp_path / "engines"))
    assert report.name == "torch"
    assert report.reason.startswith("asked for; ")
    assert not (tmp_path / "engines").exists()


def test_auto_takes_torch_where_openvino_is_not_installed(model_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "_has_openvino", lambda: False)
    report = chosen(model_folder, EnginePlan("auto", tmp_path / "engines"))
    assert report.name == "torch"
    assert "OpenVINO can’t be used: it is not installed" in report.reason


def test_auto_takes_torch_where_openvino_does_not_agree(model_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "_openvino", unfit("a probability is 0.031 from PyTorch’s"))
    report = chosen(model_folder, EnginePlan("auto", tmp_path / "engines"))
    assert (report.name, "0.031 from" in report.reason) == ("torch", True)


def test_openvino_that_was_asked_for_and_cannot_serve_is_refused(
    model_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(engines, "_has_openvino", lambda: False)
    with pytest.raises(ModelRefused, match=r"OpenVINO can't serve .*: it is not installed"):
        chosen(model_folder, EnginePlan("openvino", tmp_path / "engines"))


def test_folder_that_cannot_be_written_is_a_reason_not_a_crash(model_folder, tmp_path):
    (tmp_path / "in-the-way").write_text("")
    report = chosen(model_folder, EnginePlan("auto", tmp_path / "in-the-way"))
    assert report.name == "torch"
    assert "in-the-way can't be used" in report.reason


@pytest.fixture
def lock(tmp_path):
    with (tmp_path / "lock").open("w") as file:
        yield file.fileno()


def test_conversion_that_fails_says_why_in_one_line(tmp_path, lock):
    with pytest.raises(EngineUnfit, match=r"the conversion failed: .*card\.json can't be read"):
        engines._run_conversion(tmp_path, tmp_path / "out", lock, 600)


def test_conversion_that_takes_too_long_is_ended(tmp_path, lock):
    with pytest.raises(EngineUnfit, match=r"took longer than 0\.01 s"):
        engines._run_conversion(tmp_path, tmp_path / "out", lock, 0.01)


def test_time_that_another_process_took_is_not_taken_twice(model_folder, tmp_path, monkeypatch):
    waited, left = [], []

    def wait_for_another(_cache, _seconds):
        waited.append(time.monotonic())
        time.sleep(0.3)
        return nullcontext(0)

    def run(_folder, _partial, _lock, within_s):
        left.append(within_s)
        raise EngineUnfit("enough")

    monkeypatch.setattr(EngineCache, "_locked", wait_for_another)
    monkeypatch.setattr(engines, "_run_conversion", run)
    plan = EnginePlan("openvino", tmp_path / "engines", convert_within_s=5)
    with pytest.raises(ModelRefused, match="enough"):
        chosen(model_folder, plan)
    assert len(waited) == 1
    assert left[0] <= 4.7


def test_weights_that_are_not_the_cards_are_never_converted(model_folder, tmp_path, lock):
    with (model_folder / "model.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(EngineUnfit, match="don't belong together"):
        engines._run_conversion(model_folder, tmp_path / "out", lock, 600)


def test_what_is_prepared_before_the_fork_is_said_and_does_not_stop_the_start(
    model_folder, tmp_path, monkeypatch
):
    told = []
    monkeypatch.setattr(engines, "_run_conversion", unfit("the conversion failed"))
    prepare(model_folder, EnginePlan("auto", tmp_path / "engines"), told.append)
    assert told == ["Converting the network for OpenVINO, once; this takes some 15 seconds"]


def test_server_that_has_not_chosen_yet_has_loaded_no_engine():
    program = (
        "import sys, skinapp.assembly, skinapp.app; "
        "print([x for x in ('torch', 'torchvision', 'openvino') if x in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
