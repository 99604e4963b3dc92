"""Whether it pays to let photos share forward passes: answers a second, and how long each took.

1, 4 and 16 callers ask at once, each again as soon as it has its answer, as the server's threads
do.  The same engine is asked directly and behind the batcher; on a processor, the packed engine
that serves there stands beside them.  Prints a table, and writes JSON.  The machine should have
nothing else to do.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the path has to be set first
import torch  # noqa: E402 - likewise

from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from skinapp.model.batching_engine import BatchingEngine  # noqa: E402 - likewise
from skinapp.model.card import Card, read_card  # noqa: E402 - likewise
from skinapp.model.device_engine import DeviceEngine, find_gpu  # noqa: E402 - likewise
from skinapp.model.engine import Engine, EngineUnfit, RawOutput  # noqa: E402 - likewise
from skinapp.model.network import load_network  # noqa: E402 - likewise
from skinapp.model.square import Normalised  # noqa: E402 - likewise
from skinapp.model.torch_engine import TorchEngine  # noqa: E402 - likewise

CALLERS = (1, 4, 16)
Row = dict[str, Any]


class CountedEngine(DeviceEngine):
    """Counts photos and passes since :meth:`forget`."""

    photos = passes = 0

    def forget(self) -> None:
        """Begin to count anew."""
        self.photos = self.passes = 0

    def predict_batch(self, images: Sequence[Normalised]) -> list[RawOutput]:
        """Count, then run."""
        self.photos += len(images)
        self.passes += 1
        return super().predict_batch(images)


def ask(
    engine: Engine, image: Normalised, callers: int, seconds: float
) -> tuple[list[float], float]:
    """Let callers ask for a while, once at least; each answer's seconds, and what it all took.

    As in the server, no more threads are in the engine at once than it says that it pays.
    """
    with ThreadPoolExecutor(engine.callers) as computing, ThreadPoolExecutor(callers) as asking:
        began = time.perf_counter()

        def keep_asking(_: int) -> list[float]:
            took: list[float] = []
            while not took or time.perf_counter() - began < seconds:
                asked = time.perf_counter()
                computing.submit(engine.predict, image).result()
                took.append(time.perf_counter() - asked)
            return took

        found = [second for each in asking.map(keep_asking, range(callers)) for second in each]
        return found, time.perf_counter() - began


def row(form: str, callers: int, took_s: Sequence[float], elapsed_s: float) -> Row:
    """Answers a second, and percentiles in ms."""
    p50, p99 = np.percentile(np.array(took_s) * 1000, [50, 99])
    return {
        "form": form,
        "callers": callers,
        "answers_per_s": round(len(took_s) / elapsed_s, 2),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
    }


def _forms(card: Card, folder: Path, device: torch.device, most: int) -> dict[str, Engine]:
    """The engines, set up.  The batcher's is the one that is asked directly, too."""
    engine = CountedEngine(card, load_network(card, folder), device, most)
    batching = BatchingEngine(engine)
    batching.setup()
    forms: dict[str, Engine] = {"alone": engine, "batched": batching}
    if device.type == "cpu":
        packed = TorchEngine(card, load_network(card, folder))
        packed.setup()
        forms = {"packed": packed, **forms}
    return forms


def _measure(forms: dict[str, Engine], card: Card, seconds: float) -> list[Row]:
    shape = (1, 3, card.input.size_px, card.input.size_px)
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    counted = forms["alone"]
    assert isinstance(counted, CountedEngine)
    rows = []
    for callers in CALLERS:
        for form, engine in forms.items():
            engine.predict(image)
            counted.forget()
            rows.append(row(form, callers, *ask(engine, image, callers, seconds)))
            # The packed engine does not count: it takes one at a time.
            rows[-1]["photos_in_a_pass"] = round(counted.photos / (counted.passes or 1), 2) or 1.0
            _print(rows[-1])
    return rows


def _print(found: Row) -> None:
    print(
        f"{found['form']:8} {found['callers']:3} callers {found['answers_per_s']:9.2f} answers/s"
        f"   p50 {found['p50_ms']:8.1f} ms   p99 {found['p99_ms']:8.1f} ms"
        f"   {found['photos_in_a_pass']:5.2f} photos in a pass",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write JSON where asked; 1 where the device can't be used."""
    options = _parser().parse_args(arguments)
    machine = describe()
    warn_if_busy(machine)
    folder = ROOT / "weights" / options.model
    card = read_card(folder)
    try:
        device = find_gpu() if options.device == "cuda" else torch.device("cpu")
        forms = _forms(card, folder, device, options.most)
    except EngineUnfit as unfit:
        print(f"batching.py: {unfit}", file=sys.stderr)
        return 1
    engines = {form: str(engine.report) for form, engine in forms.items()}
    print("\n".join(f"{form:8} {words}" for form, words in engines.items()), flush=True)
    rows = _measure(forms, card, options.seconds)
    write_findings(options.out, machine, {"engines": engines, "rows": rows})
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="batching.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--seconds", type=float, default=30, help="for each line of the table")
    parser.add_argument("--most", type=int, default=16, help="photos in one pass")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
