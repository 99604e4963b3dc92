"""Whether the weights are those that the card beside them describes.  Imports no torch."""

from __future__ import annotations

import hashlib
from pathlib import Path

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import WEIGHTS_FILE, Card


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def readable_sha256_of(path: Path) -> str:
    """Likewise, of a model's file.  Raises :class:`ModelRefused` where it can't be read."""
    try:
        return sha256_of(path)
    except OSError as error:
        raise ModelRefused(f"{path} can't be read: {error.strerror or error}") from None


def check_weights(card: Card, folder: Path) -> None:
    """Raise :class:`ModelRefused` where the weights are not those that the card describes."""
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise ModelRefused(f"{folder} has a card but no {WEIGHTS_FILE}")
    found = readable_sha256_of(path)
    if found != card.weights_sha256:
        raise ModelRefused(
            f"{path} has SHA-256 {found[:12]}..., but its card speaks of "
            f"{card.weights_sha256[:12]}...: weights and card don't belong together"
        )
