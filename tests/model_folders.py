"""Fixtures that load torch: a model folder of the real architecture with random weights."""

import pytest
import torch
from safetensors.torch import save_file

from skinapp.model.card import WEIGHTS_FILE, write_card
from skinapp.model.network import build_network
from skinapp.model.weights_file import sha256_of
from tests.cast import a_card


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    # Tiny tensors gain nothing from threads and lose much where the cores are busy.
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def random_network():
    torch.manual_seed(11)
    network = build_network("efficientnet_b0", 7).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network.requires_grad_(False)


def write_model_folder(folder, network, architecture="efficientnet_b0"):
    """Write a network as a model folder; its card wants small squares, for speed."""
    state = {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items()}, folder / WEIGHTS_FILE)
    card = a_card()
    card = card.model_copy(
        update={
            "architecture": architecture,
            "input": card.input.model_copy(update={"size_px": 96}),
            "weights_sha256": sha256_of(folder / WEIGHTS_FILE),
        }
    )
    write_card(card, folder)


@pytest.fixture
def model_folder(tmp_path, random_network):
    write_model_folder(tmp_path, random_network)
    return tmp_path
