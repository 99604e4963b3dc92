"""One forward pass on one thread, beside a matrix product with as many operations.

Prints JSON.  ``eager`` is plain PyTorch with gradients on, as demo apps run it; ``onnxruntime``
runs the same network, exported to ONNX.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.one_thread import OneThread  # noqa: E402 - the path has to be set first
from skinapp.model.card import Card, read_card  # noqa: E402 - likewise
from skinapp.model.engines import EngineName, EnginePlan, choose_engine  # noqa: E402 - likewise

FORMS = ("eager", "onnxruntime", "torch", "openvino")
# Peers of these benchmarks, which serving does without.
NEEDED = {"onnxruntime": ("onnx", "onnxruntime")}
_WARMING = 3
BATCH = 4
Run = Callable[[np.ndarray], object]


def main() -> int:
    """Measure one form."""
    options = _parser().parse_args()
    form, folder, repeats = options.form, options.folder, options.repeats
    card = read_card(folder)
    shape = (1, 3, card.input.size_px, card.input.size_px)
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    run, words = _prepare(form, card, folder, options.cache)
    median_ms = _median_ms(run, image, repeats)
    memory_mb = _resident_mb()
    product_ms = 2 * _multiply_adds(card, folder) / options.flop_per_s * 1000
    batched_ms = _batched_ms(run, image, repeats) if form in NETWORKS else None
    found = {
        "form": form,
        "ms_per_photo_in_a_batch": batched_ms,
        "engine": words,
        "median_ms": round(median_ms, 2),
        "product_ms": round(product_ms, 2),
        "over_product": round(median_ms / product_ms, 2),
        "memory_mb": memory_mb,
    }
    print(json.dumps(found))
    return 0


def _prepare(form: str, card: Card, folder: Path, cache: Path) -> tuple[Run, str]:
    if form in NETWORKS:
        return NETWORKS[form](card, folder)
    name: EngineName = "torch" if form == "torch" else "openvino"
    engine = choose_engine(card, folder, EnginePlan(name, cache, OneThread(), threads=1))
    return engine.predict, str(engine.report)


def _eager(card: Card, folder: Path) -> tuple[Run, str]:
    import torch  # noqa: PLC0415 - the other forms have to do without

    from skinapp.model.network import load_network  # noqa: PLC0415 - likewise

    torch.set_num_threads(1)
    network = load_network(card, folder).requires_grad_(True)
    return lambda image: network(torch.from_numpy(image)), f"torch {torch.__version__}, eager"


def _onnxruntime(card: Card, folder: Path) -> tuple[Run, str]:
    import onnxruntime  # noqa: PLC0415 - the other forms have to do without

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        _exported(folder, card.input.size_px), options, providers=["CPUExecutionProvider"]
    )
    words = f"onnxruntime {onnxruntime.__version__}, float32"
    return lambda image: session.run(None, {"images": image}), words


def _exported(folder: Path, size_px: int) -> bytes:
    """Export in a process of its own, so that torch's memory does not count."""
    program = "from benchmarks.forward import export; import sys; export(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(folder), str(size_px)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return done.stdout


def export(folder: str, size_px: str) -> None:
    """Write the network to stdout as ONNX; any number of images at once."""
    import torch  # noqa: PLC0415 - the other forms have to do without

    from skinapp.model.network import load_network  # noqa: PLC0415 - likewise

    network = load_network(read_card(Path(folder)), Path(folder))
    buffer = io.BytesIO()
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, int(size_px), int(size_px)),),
        buffer,
        input_names=["images"],
        dynamic_axes={"images": {0: "count"}},
        dynamo=False,
    )
    sys.stdout.buffer.write(buffer.getvalue())


NETWORKS: dict[str, Callable[[Card, Path], tuple[Run, str]]] = {
    "eager": _eager,
    "onnxruntime": _onnxruntime,
}


def _median_ms(run: Run, image: np.ndarray, repeats: int) -> float:
    times = []
    for _ in range(repeats + _WARMING):
        began = time.perf_counter()
        run(image)
        times.append(time.perf_counter() - began)
    return statistics.median(times[_WARMING:]) * 1000


def _batched_ms(run: Run, image: np.ndarray, repeats: int) -> float:
    """Whether it pays to let photos wait for each other."""
    batch = np.repeat(image, BATCH, axis=0)
    return round(_median_ms(run, batch, repeats) / BATCH, 2)


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


def _resident_mb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1000
    raise RuntimeError("/proc does not tell the resident memory")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="forward.py", description=__doc__)
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("folder", type=Path, help="the model's")
    parser.add_argument("cache", type=Path, help="folder for converted networks")
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument(
        "--flop-per-s",
        type=float,
        required=True,
        help="operations a second of the fastest matrix product, from peak.py: measured once for "
        "all forms, which are compared with each other",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
