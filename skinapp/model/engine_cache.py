"""Where converted networks are kept: whole or not at all, and converted by one process at a time.

An entry is a folder that appears by being renamed, so that a reader sees all of it or nothing.
Every file's SHA-256 stands in its facts; what does not match is thrown away and made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors.numpy import load_file, save_file

import skinapp
from skinapp.model.card import Card
from skinapp.model.engine import EngineUnfit, Floats, Precision, Reference
from skinapp.model.weights_file import sha256_of

FACTS_FILE = "facts.json"
REFERENCE_FILE = "reference.safetensors"
_PARTIAL = ".partial-"
_LOCK = ".lock"
# Of one model: another version, a card that changed, another processor on a shared folder.
_KEPT_ENTRIES = 3
_LOOK_AGAIN_S = 0.1
# Of the card, what the network and the reference's probabilities rest on.
_ESSENCE = {"architecture", "labels", "leaves", "input", "temperature"}

# Of the package, what a conversion is made by.
_CODE = (
    "model/colour_constancy.py",
    "model/convert.py",
    "model/engine.py",
    "model/heads.py",
    "model/kernels.py",
    "model/network.py",
    "model/network_input.py",
    "model/square.py",
    "model/transformer.py",
    "synthetic.py",
)

Make = Callable[[Path, int], None]


class CacheFacts(BaseModel):
    """What an entry says of itself: its precision, and the SHA-256 of its files by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    precision: Precision
    chosen_because: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Everything that a converted network depends on; ``code`` is what makes and feeds it."""

    weights_sha256: str
    card_sha256: str
    engine_version: str
    processor: str
    code: str

    @property
    def folder(self) -> str:
        """Name of the entry's folder."""
        digest = hashlib.sha256("\n".join(astuple(self)).encode()).hexdigest()
        return f"{self.weights_sha256[:12]}-{digest[:20]}"


def cache_key(card: Card, engine_version: str, processor: str) -> CacheKey:
    """The key of a card's network: what else stands in the card changes nothing about it."""
    offsets = ",".join(f"{each:.9g}" for each in card.calibration.offsets)
    essence = (card.model_dump_json(include=_ESSENCE) + offsets).encode()
    card_sha256 = hashlib.sha256(essence).hexdigest()
    return CacheKey(card.weights_sha256, card_sha256, engine_version, processor, _code_sha256())


def _code_sha256() -> str:
    """Of the modules by which a network, its outputs and its reference are what they are.

    An entry agrees with the reference that was made with it: it would not show that a newer
    version's embedding or feature map is another.
    """
    package = Path(skinapp.__file__).parent
    return hashlib.sha256(b"".join((package / name).read_bytes() for name in _CODE)).hexdigest()


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A converted network on disk, found whole."""

    folder: Path
    facts: CacheFacts

    @property
    def blob(self) -> Path:
        """The compiled network."""
        return self.folder / blob_name(self.facts.precision)

    def read_reference(self) -> tuple[Reference, Floats]:
        """The reference, and the head's weights ``(outputs, channels)``."""
        tensors = load_file(self.folder / REFERENCE_FILE)
        return Reference(tensors["squares"], tensors["logits"]), tensors["head_weights"]


def blob_name(precision: Precision) -> str:
    """Name of the file of a compiled network."""
    return f"model.{precision}.blob"


def write_entry(
    folder: Path, precision: Precision, because: str, reference: Reference, head_weights: Floats
) -> None:
    """Complete an entry in whose folder the blob lies already; the facts come last."""
    tensors: dict[str, NDArray[Any]] = {
        "squares": reference.squares,
        "logits": reference.logits,
        "head_weights": head_weights,
    }
    save_file(tensors, folder / REFERENCE_FILE)
    names = (blob_name(precision), REFERENCE_FILE)
    facts = CacheFacts(
        precision=precision,
        chosen_because=because,
        files={name: sha256_of(folder / name) for name in names},
    )
    (folder / FACTS_FILE).write_text(facts.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_entry(folder: Path) -> CacheEntry | None:
    """Return the entry, or None where there is none or it is not whole."""
    try:
        facts = CacheFacts.model_validate_json((folder / FACTS_FILE).read_bytes())
        whole = {blob_name(facts.precision), REFERENCE_FILE} == facts.files.keys() and all(
            sha256_of(folder / name) == sha for name, sha in facts.files.items()
        )
    except (OSError, ValidationError):
        return None
    return CacheEntry(folder, facts) if whole else None


class EngineCache:
    """The entries of one model below ``root``."""

    def __init__(self, root: Path, key: CacheKey) -> None:
        self._root, self._folder = root, root / key.folder

    def entry(self, make: Make, wait_s: float) -> CacheEntry:
        """Return the entry, made first where there is none that is whole.

        ``make`` fills an empty folder; it also gets the lock's descriptor, which a program that it
        starts inherits, so that the lock lasts as long as that program.  Raises
        :class:`EngineUnfit` where another process is still at it after ``wait_s`` seconds, or
        where ``make`` did; ``OSError`` where the folder can't be used.
        """
        found = read_entry(self._folder)
        if found is not None:
            return found
        self._root.mkdir(parents=True, exist_ok=True)
        with self._locked(wait_s) as lock:
            return read_entry(self._folder) or self._made(make, lock)

    def _made(self, make: Make, lock: int) -> CacheEntry:
        for left in self._root.glob(f"{_PARTIAL}*"):
            shutil.rmtree(left, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=self._root))
        try:
            make(partial, lock)
            shutil.rmtree(self._folder, ignore_errors=True)
            partial.rename(self._folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        self._prune()
        found = read_entry(self._folder)
        if found is None:
            raise EngineUnfit("the conversion left nothing that is whole")
        return found

    @contextmanager
    def _locked(self, wait_s: float) -> Iterator[int]:
        """Hold the lock; the kernel drops it when the last process that has it ends."""
        descriptor = os.open(self._root / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            end = time.monotonic() + wait_s
            while not _try_lock(descriptor):
                if time.monotonic() > end:
                    raise EngineUnfit("another process is still converting the network")
                time.sleep(_LOOK_AGAIN_S)
            yield descriptor
        finally:
            os.close(descriptor)

    def _prune(self) -> None:
        entries = [path for path in self._root.iterdir() if (path / FACTS_FILE).is_file()]
        entries.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for old in entries[_KEPT_ENTRIES:]:
            shutil.rmtree(old, ignore_errors=True)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
