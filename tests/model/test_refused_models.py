"""A model's folder that was damaged or mixed up is refused at start, with the reason."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import CARD_FILE, WEIGHTS_FILE
from skinapp.model.classifier import load_classifier
from skinapp.model.weights_file import sha256_of


def _refusal(model_folder) -> str:
    with pytest.raises(ModelRefused) as refusal:
        load_classifier(model_folder)
    return str(refusal.value)


def _change_card(model_folder, **changes) -> None:
    facts = json.loads((model_folder / CARD_FILE).read_text()) | changes
    (model_folder / CARD_FILE).write_text(json.dumps(facts))


def _change_weights(model_folder, data: bytes) -> None:
    """Other bytes, and a card that vouches for them."""
    (model_folder / WEIGHTS_FILE).write_bytes(data)
    _change_card(model_folder, weights_sha256=sha256_of(model_folder / WEIGHTS_FILE))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_card_that_was_cut_off_is_refused(model_folder, share):
    card = model_folder / CARD_FILE
    data = card.read_bytes()
    card.write_bytes(data[: int(share * len(data))])
    assert "is not a valid card" in _refusal(model_folder)


@pytest.mark.parametrize("data", [b"\0" * 500, b"\xff\xfe{}", b"[]", b"null", b"<html>"])
def test_a_card_that_is_something_else_is_refused(model_folder, data):
    (model_folder / CARD_FILE).write_bytes(data)
    assert "is not a valid card" in _refusal(model_folder)


def test_one_changed_bit_in_the_weights_is_found(model_folder):
    path = model_folder / WEIGHTS_FILE
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "weights and card don't belong together" in _refusal(model_folder)


def test_weights_of_another_model_are_found(model_folder):
    other = {name: 2 * tensor for name, tensor in load_file(model_folder / WEIGHTS_FILE).items()}
    save_file(other, model_folder / WEIGHTS_FILE)
    assert "weights and card don't belong together" in _refusal(model_folder)


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.5])
def test_weights_that_were_cut_off_before_the_card_was_written_are_refused(model_folder, share):
    data = (model_folder / WEIGHTS_FILE).read_bytes()
    _change_weights(model_folder, data[: int(share * len(data))])
    assert "weights don't fit the card" in _refusal(model_folder)


def test_a_card_of_another_network_is_refused(model_folder):
    _change_card(model_folder, architecture="efficientnet_b1")
    assert "weights don't fit the card" in _refusal(model_folder)


def test_a_card_with_a_class_too_few_is_refused(model_folder):
    labels = json.loads((model_folder / CARD_FILE).read_text())["labels"]
    _change_card(model_folder, labels=labels[:-1])
    assert "weights don't fit the card" in _refusal(model_folder)


def test_a_card_of_a_newer_kind_names_what_is_not_known(model_folder):
    _change_card(model_folder, quantum_entanglement=True)
    assert "quantum_entanglement" in _refusal(model_folder)


def test_a_folder_that_is_not_there_is_named(model_folder):
    assert "There is no model in" in _refusal(model_folder / "absent")


@pytest.mark.parametrize("name", [WEIGHTS_FILE, CARD_FILE])
def test_a_file_that_can_not_be_read_is_refused_in_words(model_folder, monkeypatch, name):
    """As another user's, on a folder that is mounted."""

    def refuse(path, *arguments, **options):
        if path.name == name:
            raise PermissionError(errno.EACCES, "Permission denied")
        return whole(path, *arguments, **options)

    whole = Path.open
    monkeypatch.setattr(Path, "open", refuse)
    assert f"{name} can't be read" in _refusal(model_folder)
