"""Fixtures that load torch."""

from tests.model_folders import model_folder, one_thread, random_network
from tests.small_networks import small_builds, small_network

__all__ = ["model_folder", "one_thread", "random_network", "small_builds", "small_network"]
