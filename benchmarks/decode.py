"""What a 12-megapixel JPEG costs to decode, by what is in it and how it was compressed.

The yardstick is what demo apps do: full decode, ``convert("RGB")``, bicubic to the network's
square.  Ours is decoding to the photo that is kept, plus the square.  Between them stand bare
decodes at each reduced scale: what no careful choice could go below.  Processor time on one
thread, so that other work on the machine counts little.  Prints, and writes JSON.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the path has to be set first
from PIL import Image  # noqa: E402 - likewise

from benchmarks.environment import given_settings  # noqa: E402 - likewise
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from skinapp.intake.decode import decode_photo  # noqa: E402 - likewise
from skinapp.model.classifier import pixels_of  # noqa: E402 - likewise
from skinapp.model.square import centre_square  # noqa: E402 - likewise
from skinapp.synthetic import lesion_jpeg  # noqa: E402 - likewise

SIZE = (4000, 3000)
SQUARE_PX = 288
QUALITIES = (75, 85, 95)
SUBSAMPLINGS = {"4:2:0": 2, "4:4:4": 0}
# Grey levels, standard deviation: none, a good camera's, a phone's in poor light.
NOISE = {"smooth": 0.0, "a little noise": 2.0, "noisy": 6.0}
SCALES = (1, 2, 4, 8)
Row = dict[str, Any]


def main() -> int:
    """Measure, print, write."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    rows = []
    for grain, jpeg, chosen in _photos(options):
        rows.append({"grain": grain, **chosen, **measure(jpeg, options.repeats)})
        _print(rows[-1])
    write_findings(options.out, machine, {"size": SIZE, "repeats": options.repeats, "rows": rows})
    return 0


def measure(jpeg: bytes, repeats: int) -> Row:
    """Median processor ms of each way, and its share of the yardstick."""
    limits = given_settings().limits
    ways: dict[str, Callable[[], object]] = {
        "usual": lambda: _usual(jpeg),
        "ours": lambda: centre_square(pixels_of(decode_photo(jpeg, limits)), SQUARE_PX),
    }
    for scale in SCALES:
        ways[f"bare_1_{scale}"] = lambda scale=scale: _bare(jpeg, scale)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.process_time()
            way()
            times[name].append(1000 * (time.process_time() - began))
    medians = {f"{name}_ms": round(statistics.median(took), 2) for name, took in times.items()}
    share = round(medians["ours_ms"] / medians["usual_ms"], 3)
    return {"file_mb": round(len(jpeg) / 1e6, 2), **medians, "share": share}


def _usual(jpeg: bytes) -> object:
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    return np.asarray(image.resize((SQUARE_PX, SQUARE_PX), Image.Resampling.BICUBIC))


def _bare(jpeg: bytes, scale: int) -> object:
    image = Image.open(io.BytesIO(jpeg))
    if scale > 1:
        image.draft("RGB", (SIZE[0] // scale, SIZE[1] // scale))
    image.load()
    return image


def _photos(options: argparse.Namespace) -> Iterator[tuple[str, bytes, Row]]:
    drawn = lesion_jpeg("melanoma", seed=5, width_px=SIZE[0], height_px=SIZE[1])
    with Image.open(io.BytesIO(drawn)) as opened:
        smooth = np.asarray(opened, np.float32)
    for grain in options.grains:
        # Grey grain: a camera's noise lies in the brightness most of all.
        grains = np.random.default_rng(7).normal(0, 1, smooth.shape[:2]).astype(np.float32)
        pixels = np.clip(smooth + NOISE[grain] * grains[..., None], 0, 255).astype(np.uint8)
        image = Image.fromarray(pixels)
        for quality in options.qualities:
            for words, subsampling in SUBSAMPLINGS.items():
                buffer = io.BytesIO()
                image.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
                yield grain, buffer.getvalue(), {"quality": quality, "chroma": words}


def _print(row: Row) -> None:
    bare = "  ".join(f"1/{scale} {row[f'bare_1_{scale}_ms']:6.1f}" for scale in SCALES)
    print(
        f"{row['grain']:15} {row['quality']} {row['chroma']} {row['file_mb']:5.2f} MB"
        f"  usual {row['usual_ms']:6.1f} ms  ours {row['ours_ms']:6.1f} ms = {row['share']:.0%}"
        f"  bare decode at {bare}",
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="decode.py", description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--grains", nargs="+", choices=NOISE, default=list(NOISE))
    parser.add_argument("--qualities", nargs="+", type=int, default=QUALITIES)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
