"""Fixtures that load torch."""

from tests.model_folders import model_folder, one_thread, random_network

__all__ = ["model_folder", "one_thread", "random_network"]
