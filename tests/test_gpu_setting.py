"""From SKINAPP_DEVICE to a kept case.  The device is the processor: the code is the GPU's."""

import pytest
import torch

from skinapp.assembly import assemble, prepare_engine
from skinapp.domain.errors import ModelRefused
from skinapp.model import device_engine
from skinapp.model.batching_engine import BatchingEngine
from skinapp.settings import Settings
from skinapp.synthetic import lesion_jpeg
from tests.model_folders import model_folder, one_thread, random_network

__all__ = ["model_folder", "one_thread", "random_network"]


@pytest.fixture
def settings(model_folder, tmp_path_factory):
    return Settings(
        device="cuda",
        weights_dir=model_folder.parent,
        model=model_folder.name,
        data_dir=tmp_path_factory.mktemp("data"),
    )


def test_upload_is_answered_by_the_device_that_is_asked_for(settings, monkeypatch):
    monkeypatch.setattr(device_engine, "find_gpu", lambda: torch.device("cpu"))
    monkeypatch.setattr(device_engine.DeviceEngine, "_fits", lambda _self, _size: True)
    screening = assemble(settings).screening
    assert isinstance(screening.classifier._engine, BatchingEngine)
    assert screening.classifier.engine.reason.endswith("up to 16 photos in a batch")
    case = screening.screen(lesion_jpeg("nevus", seed=2), "owner")
    assert sum(case.assessment.prediction.probabilities) == pytest.approx(1.0)
    assert screening.open_case(case.id, "owner") == case
    screening.store.close()


def test_start_without_a_gpu_is_refused_with_a_sentence(settings, monkeypatch):
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    told = []
    prepare_engine(settings, told.append)
    with pytest.raises(ModelRefused, match=r"^A GPU was asked for .* is built without CUDA$"):
        assemble(settings)
    assert told == []
    assert not (settings.data_dir / "engines").exists()
