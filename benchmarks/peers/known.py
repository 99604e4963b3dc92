"""Which peers there are, and what each needs to be installed."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Peer:
    """A program that gets the model's folder and a port, and answers POST /predict."""

    name: str
    script: Path
    modules: tuple[str, ...]


NAIVE = Peer("naive", _HERE / "naive.py", ("torch", "torchvision", "flask"))
FASTAPI = Peer("fastapi", _HERE / "fastapi_peer.py", ("fastapi", "uvicorn", "python_multipart"))
LITSERVE = Peer("litserve", _HERE / "litserve_peer.py", ("litserve", "python_multipart"))
PEERS = (NAIVE, FASTAPI, LITSERVE)


def asked(peer: Peer, words: str | None) -> argparse.Namespace:
    """What a peer's program was told: ``folder`` and ``port``.

    Reads the command before the peer's packages are imported: they may be missing.
    """
    parser = argparse.ArgumentParser(prog=peer.script.name, description=words)
    parser.add_argument("folder", type=Path, help="the model's")
    parser.add_argument("port", type=int, help="to listen on, on loopback")
    options = parser.parse_args()
    if missing := missing_packages(peer):
        parser.error(f"not installed: {', '.join(missing)} (requirements-bench.txt)")
    return options


def missing_packages(peer: Peer) -> list[str]:
    """The modules that a peer needs and that are not installed; empty where it can run."""
    return [module for module in peer.modules if find_spec(module) is None]
