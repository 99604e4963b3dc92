"""The reference engine, and what it prepares."""

import copy

import numpy as np
import pytest
import torch

from skinapp.model import packed, torch_engine
from skinapp.model.card import read_card
from skinapp.model.network import load_network
from skinapp.model.square import normalised
from skinapp.model.torch_engine import TorchEngine


@pytest.fixture
def image():
    return np.random.default_rng(3).normal(size=(1, 3, 64, 64)).astype(np.float32)


@pytest.fixture
def float32_only(monkeypatch):
    monkeypatch.setattr(torch_engine, "has_fast_bfloat16", lambda: False)


def set_up(card, network, **options):
    engine = TorchEngine(card, copy.deepcopy(network), **options)
    engine.setup()
    return engine


def expected_of(network, image):
    output = network(torch.from_numpy(image))
    return output.logits[0].numpy(), output.embedding[0].numpy(), output.feature_map[0].numpy()


def test_folding_batch_norms_changes_no_answer(card, random_network, image):
    engine = set_up(card, random_network, packed=False)
    for found, expected in zip(
        engine.predict(image), expected_of(random_network, image), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in engine._network.modules())


@pytest.mark.usefixtures("float32_only")
def test_packed_convolutions_give_the_answers_of_the_plain_ones(card, random_network, image):
    engine = set_up(card, random_network)
    for found, expected in zip(
        engine.predict(image), expected_of(random_network, image), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-3)
    assert (engine.report.name, engine.report.precision) == ("torch", "float32")
    assert "packed for oneDNN" in engine.report.reason
    assert any(isinstance(m, packed.PackedConvolution) for m in engine._network.modules())


@pytest.mark.usefixtures("float32_only")
def test_torch_that_cannot_pack_falls_back_to_the_plain_network(
    card, random_network, image, monkeypatch
):
    def lacking(_name):
        raise AttributeError("'_OpNamespace' 'mkldnn' object has no such attribute")

    monkeypatch.setattr(packed, "_operator", lacking)
    engine = set_up(card, random_network)
    assert engine.report.reason.startswith("plain float32, because")
    np.testing.assert_allclose(
        engine.predict(image).logits, expected_of(random_network, image)[0], atol=1e-4
    )


@pytest.mark.usefixtures("float32_only")
def test_packed_network_that_answers_otherwise_is_not_used(
    card, random_network, image, monkeypatch
):
    def broken(network, _size_px, _dtype):
        network.classifier[-1].bias.data[0] += 1.0
        return network

    monkeypatch.setattr(torch_engine, "pack", broken)
    engine = set_up(card, random_network)
    assert "not close enough" in engine.report.reason
    np.testing.assert_allclose(
        engine.predict(image).logits, expected_of(random_network, image)[0], atol=1e-4
    )


def test_shorter_numbers_are_used_only_where_probabilities_stay(card, random_network, monkeypatch):
    monkeypatch.setattr(torch_engine, "has_fast_bfloat16", lambda: True)
    monkeypatch.setattr(torch_engine, "MAX_BFLOAT16_GAP", 0.0)
    assert set_up(card, random_network).report.precision == "float32"


def test_answers_are_numbers_of_the_caller(card, random_network, image):
    engine = set_up(card, random_network, packed=False)
    first = engine.predict(image)
    kept = first.logits.copy()
    engine.predict(-image)
    np.testing.assert_array_equal(first.logits, kept)


def test_head_weights_lead_from_embedding_to_logits(model_folder):
    card = read_card(model_folder)
    network = load_network(card, model_folder)
    engine = set_up(card, network, packed=False)
    square = np.full((64, 64, 3), 90, np.uint8)
    output = engine.predict(normalised(square, card.input.mean, card.input.std))
    bias = network.head.bias.numpy()
    np.testing.assert_allclose(
        engine.head_weights @ output.embedding + bias, output.logits, atol=1e-4
    )
