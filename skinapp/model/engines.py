"""Which engine runs the network, decided once at start.  Loads torch only where torch serves."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from safetensors import SafetensorError

import skinapp
from skinapp.domain.errors import ModelRefused
from skinapp.domain.symmetry import Symmetries
from skinapp.model.batching_engine import BatchingEngine
from skinapp.model.card import Card, read_card
from skinapp.model.engine import Engine, EngineUnfit, ThreadShare
from skinapp.model.engine_cache import CacheEntry, EngineCache, cache_key
from skinapp.model.processor import processor
from skinapp.model.symmetric_engine import SymmetricEngine

EngineName = Literal["auto", "torch", "openvino"]
DeviceName = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """What is wished for, and what may be used for it.

    ``cache_dir`` keeps converted networks; without one only torch can serve.  ``share`` says with
    how many threads torch computes each time.  OpenVINO computes ``streams`` photos side by side
    with ``threads`` each (0: all cores), which it has to know before it loads the network.
    ``convert_within_s`` bounds the first start, a wait for another process included.  On the
    device ``cuda`` PyTorch serves in batches of at most ``most_in_batch`` photos, and the rest of
    the plan says nothing but for ``on_lost``, which is told once when the GPU fails for good.  With
    ``symmetries`` other than 1 an answer is the mean over that many
    views of the photo, whatever runs the network.
    """

    engine: EngineName = "torch"
    cache_dir: Path | None = None
    share: ThreadShare | None = None
    streams: int = 1
    threads: int = 0
    convert_within_s: float = 600
    device: DeviceName = "cpu"
    most_in_batch: int = 16
    on_lost: Callable[[str], object] | None = None
    symmetries: Symmetries = 1


def choose_engine(card: Card, folder: Path, plan: EnginePlan) -> Engine:
    """Set up the engine for a model folder whose weights have been checked.

    ``auto`` takes OpenVINO where it is installed and agrees with the reference, else torch.
    Raises :class:`ModelRefused` where the weights don't fit the card, or where OpenVINO or a GPU
    was asked for and can't serve.
    """
    engine = _chosen(card, folder, plan)
    return engine if plan.symmetries == 1 else SymmetricEngine(engine, plan.symmetries)


def _chosen(card: Card, folder: Path, plan: EnginePlan) -> Engine:
    if plan.device == "cuda":
        return _on_gpu(card, folder, plan)
    if plan.engine == "torch":
        return _torch(card, folder, plan, note="asked for")
    try:
        return _openvino(card, folder, plan)
    except EngineUnfit as unfit:
        if plan.engine == "openvino":
            raise ModelRefused(f"OpenVINO can't serve {card.name}: {unfit}") from None
        return _torch(card, folder, plan, note=f"OpenVINO can’t be used: {unfit}")


def prepare(folder: Path, plan: EnginePlan, tell: Callable[[str], object]) -> None:
    """Do what can be done before processes are forked: import, and convert where needed.

    ``tell`` gets a sentence before anything that takes long.  Starts no threads, because they
    would be lost in the fork; nor CUDA, which does not work in a process forked after it.  What
    fails here fails again in :func:`choose_engine`, which says so.
    """
    if plan.device == "cuda":
        importlib.import_module("skinapp.model.device_engine")
        return
    if plan.engine == "torch" or not _has_openvino():
        importlib.import_module("skinapp.model.torch_engine")
        return
    importlib.import_module("skinapp.model.openvino_engine")
    with suppress(EngineUnfit, ModelRefused):
        _entry(read_card(folder), folder, plan, tell)


def _has_openvino() -> bool:
    try:
        importlib.import_module("skinapp.model.openvino_door")
    except ImportError:
        return False
    return True


def _torch(card: Card, folder: Path, plan: EnginePlan, note: str) -> Engine:
    from skinapp.model.network import load_network  # noqa: PLC0415 - loads torch
    from skinapp.model.torch_engine import TorchEngine  # noqa: PLC0415 - likewise

    engine = TorchEngine(card, load_network(card, folder), plan.share, note=note)
    engine.setup()
    return engine


def _on_gpu(card: Card, folder: Path, plan: EnginePlan) -> Engine:
    from skinapp.model.device_engine import DeviceEngine, find_gpu  # noqa: PLC0415 - loads torch
    from skinapp.model.network import load_network  # noqa: PLC0415 - likewise

    try:
        gpu = find_gpu()
        network = load_network(card, folder)
        device = DeviceEngine(card, network, gpu, plan.most_in_batch, plan.on_lost)
        engine = BatchingEngine(device)
        engine.setup()
    except EngineUnfit as unfit:
        raise ModelRefused(f"A GPU was asked for and can't serve {card.name}: {unfit}") from None
    return engine


def _openvino(card: Card, folder: Path, plan: EnginePlan) -> Engine:
    if not _has_openvino():
        raise EngineUnfit("it is not installed")
    from skinapp.model.openvino_engine import OpenVinoEngine  # noqa: PLC0415 - likewise

    entry = _entry(card, folder, plan)
    try:
        reference, head_weights = entry.read_reference()
    except (OSError, SafetensorError) as error:  # another process may have cleared it away
        raise EngineUnfit(f"its reference can't be read: {error}") from None
    engine = OpenVinoEngine(
        card,
        entry.blob,
        entry.facts.precision,
        reference,
        head_weights,
        streams=plan.streams,
        threads=plan.threads,
    )
    engine.setup()
    return engine


def _entry(
    card: Card, folder: Path, plan: EnginePlan, tell: Callable[[str], object] = str
) -> CacheEntry:
    end_s = time.monotonic() + plan.convert_within_s

    def convert(partial: Path, lock: int) -> None:
        tell("Converting the network for OpenVINO, once; this takes some 15 seconds")
        # Another process may have been waited for.
        left_s = max(0.0, end_s - time.monotonic())
        _run_conversion(folder.resolve(), partial.resolve(), lock, left_s)

    if plan.cache_dir is None:
        raise EngineUnfit("there is no folder for converted networks")
    key = cache_key(card, metadata.version("openvino"), processor())
    cache = EngineCache(plan.cache_dir / folder.resolve().name, key)
    try:
        return cache.entry(convert, plan.convert_within_s)
    except OSError as error:
        reason = error.strerror or error
        raise EngineUnfit(f"{plan.cache_dir} can't be used: {reason}") from None


def _run_conversion(folder: Path, partial: Path, lock: int, within_s: float) -> None:
    """Convert in a process of its own, which takes torch's memory with it when it ends."""
    command = [sys.executable, "-m", "skinapp.model.convert", str(folder), str(partial)]
    try:
        subprocess.run(  # noqa: S603 - our own module, and paths from the settings
            command,
            cwd=Path(skinapp.__file__).parent.parent,
            check=True,
            capture_output=True,
            text=True,
            timeout=within_s,
            pass_fds=(lock,),
        )
    except subprocess.TimeoutExpired:
        raise EngineUnfit(f"the conversion took longer than {round(within_s, 2):g} s") from None
    except subprocess.CalledProcessError as error:
        words = error.stderr.strip().splitlines() or [f"it ended with {error.returncode}"]
        raise EngineUnfit(f"the conversion failed: {words[-1]}") from None
