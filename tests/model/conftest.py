"""Fixtures that load torch, and the card of a network that sees small squares."""

import pytest

from tests.cast import a_card
from tests.model_folders import model_folder, one_thread, random_network
from tests.small_networks import small_builds, small_network

__all__ = ["model_folder", "one_thread", "random_network", "small_builds", "small_network"]


@pytest.fixture
def card():
    card = a_card()
    return card.model_copy(update={"input": card.input.model_copy(update={"size_px": 64})})
