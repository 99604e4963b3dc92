"""How many operations a core does in a second where nothing holds it up: in matrix products.

The best of many products of float32 matrices, of several sizes, by numpy and by PyTorch, on one
thread.  Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch

SIDES = (512, 1024, 1536, 2048)
_TRIES = 12
Product = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Peak:
    """The fastest product: operations a second, by which library, of matrices of which side."""

    flop_per_s: float
    library: str
    side: int


def peak(sides: tuple[int, ...] = SIDES, tries: int = _TRIES) -> Peak:
    """Measure on as many threads as the libraries were told to take when they were loaded."""
    products = [(library, side, make(side)) for side in sides for library, make in LIBRARIES]
    best = Peak(0.0, "", 0)
    # They take turns, so that a slow moment hits all alike; the first of each only warms up.
    for _ in range(tries + 1):
        for library, side, product in products:
            began = time.perf_counter()
            product()
            flop_per_s = 2 * side**3 / (time.perf_counter() - began)
            best = max(best, Peak(flop_per_s, library, side), key=lambda one: one.flop_per_s)
    return best


def _matrix(side: int) -> np.ndarray:
    return np.random.default_rng(side).normal(size=(side, side)).astype(np.float32)


def _by_numpy(side: int) -> Product:
    a = _matrix(side)
    product = np.empty_like(a)
    return lambda: np.matmul(a, a, out=product)


def _by_torch(side: int) -> Product:
    a = torch.from_numpy(_matrix(side))
    product = torch.empty_like(a)
    return lambda: torch.matmul(a, a, out=product)


LIBRARIES: tuple[tuple[str, Callable[[int], Product]], ...] = (
    ("numpy", _by_numpy),
    ("torch", _by_torch),
)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="peak.py", description=__doc__)
    parser.add_argument("--tries", type=int, default=_TRIES, help="of each product")
    options = parser.parse_args()
    print(json.dumps(asdict(peak(tries=options.tries))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
