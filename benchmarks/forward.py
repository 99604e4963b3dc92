"""One forward pass of one form of a network on one thread: ``forward.py FORM MODEL_FOLDER CACHE``.

Prints JSON.  ``eager`` is plain PyTorch with gradients on, as demo apps run it.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from skinapp.model.card import Card, read_card  # noqa: E402 - the path has to be set first
from skinapp.model.engines import EnginePlan, choose_engine  # noqa: E402 - likewise

FORMS = ("eager", "torch", "openvino")
REPEATS = 40
BATCH = 4


class _OneThread:
    def computing(self) -> AbstractContextManager[int]:
        return nullcontext(1)


def main() -> int:
    """Measure one form."""
    form, folder, cache = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    card = read_card(folder)
    shape = (1, 3, card.input.size_px, card.input.size_px)
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    run, words = _prepare(form, card, folder, cache)
    median_ms = _median_ms(run, image)
    memory_mb = _resident_mb()
    floor_ms = 2 * _multiply_adds(card, folder) / _peak_flop_per_s() * 1000
    batched_ms = _batched_ms(run, image) if form == "eager" else None
    found = {
        "form": form,
        "ms_per_photo_in_a_batch": batched_ms,
        "engine": words,
        "median_ms": round(median_ms, 2),
        "floor_ms": round(floor_ms, 2),
        "over_floor": round(median_ms / floor_ms, 2),
        "memory_mb": memory_mb,
    }
    print(json.dumps(found))
    return 0


def _prepare(
    form: str, card: Card, folder: Path, cache: Path
) -> tuple[Callable[[np.ndarray], object], str]:
    if form != "eager":
        name = "torch" if form == "torch" else "openvino"
        engine = choose_engine(card, folder, EnginePlan(name, cache, _OneThread(), threads=1))
        return engine.predict, str(engine.report)
    import torch  # noqa: PLC0415 - the other forms have to do without

    from skinapp.model.network import load_network  # noqa: PLC0415 - likewise

    torch.set_num_threads(1)
    network = load_network(card, folder).requires_grad_(True)
    return lambda image: network(torch.from_numpy(image)), f"torch {torch.__version__}, eager"


def _median_ms(run: Callable[[np.ndarray], object], image: np.ndarray) -> float:
    times = []
    for _ in range(REPEATS + 5):
        began = time.perf_counter()
        run(image)
        times.append(time.perf_counter() - began)
    return statistics.median(times[5:]) * 1000


def _batched_ms(run: Callable[[np.ndarray], object], image: np.ndarray) -> float:
    """Whether it pays to let photos wait for each other."""
    return round(_median_ms(run, np.repeat(image, BATCH, axis=0)) / BATCH, 2)


def _multiply_adds(card: Card, folder: Path) -> int:
    """Of the convolutions and the linear layer, for one image."""
    import torch  # noqa: PLC0415 - after the memory was read

    from skinapp.model.network import load_network  # noqa: PLC0415 - likewise

    network, total = load_network(card, folder), 0

    def count(module: torch.nn.Module, _inputs: object, output: torch.Tensor) -> None:
        nonlocal total
        total += output.numel() * next(module.parameters())[0].numel()

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            module.register_forward_hook(count)
    size_px = card.input.size_px
    network(torch.zeros(1, 3, size_px, size_px))
    return total


def _peak_flop_per_s(side: int = 1536) -> float:
    """What a product of large float32 matrices reaches on one thread."""
    a = np.random.default_rng(1).normal(size=(side, side)).astype(np.float32)
    times = []
    for _ in range(6):
        began = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - began)
    return float(2 * side**3 / min(times))


def _resident_mb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1000
    raise RuntimeError("/proc does not tell the resident memory")


if __name__ == "__main__":
    raise SystemExit(main())
