"""Which peers there are, and what each needs to be installed."""

from __future__ import annotations

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
PEERS = (
    NAIVE,
    Peer("fastapi", _HERE / "fastapi_peer.py", ("fastapi", "uvicorn", "python_multipart")),
    Peer("litserve", _HERE / "litserve_peer.py", ("litserve", "python_multipart")),
)


def missing_packages(peer: Peer) -> list[str]:
    """The modules that a peer needs and that are not installed; empty where it can run."""
    return [module for module in peer.modules if find_spec(module) is None]
