"""How cost grows: with cores, with the photo's size, with clients, with the cases that are kept.

Each part prints a line for each step; together they make one JSON file, and a figure each.  One
part alone: ``growth.py clients``.  Shorter: ``--seconds 1 --cases 1000 10000``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import growth_cases, growth_load  # noqa: E402 - the path has to be set first
from benchmarks.growth_figures import DRAW  # noqa: E402 - likewise
from benchmarks.in_process import assembled  # noqa: E402 - likewise
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.photos import answered_photo  # noqa: E402 - likewise
from skinapp.domain.assessment import Assessment, assess  # noqa: E402 - likewise
from skinapp.intake.decode import decode_photo  # noqa: E402 - likewise
from skinapp.ops.logging import configure_logging  # noqa: E402 - likewise

PARTS = tuple(DRAW)
Row = dict[str, Any]


def main() -> int:
    """Measure the parts that are asked for, print, write JSON and figures."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    configure_logging("warning", "json")
    found: dict[str, Any] = {"model": options.model, "seconds": options.seconds}
    with growth_load.data_folder() as name:
        for part in options.parts or PARTS:
            print(f"{part}:", flush=True)
            found[part] = _measure(part, options, Path(name))
            if options.figures:
                DRAW[part](found[part], options.figures / f"growth-{part}.svg")
    write_findings(options.out, machine, found)
    return 1 if any(row.get("failures") for part in PARTS for row in found.get(part, ())) else 0


def _measure(part: str, options: argparse.Namespace, data: Path) -> list[Row]:
    model, seconds = options.model, options.seconds
    measures: dict[str, Callable[[], list[Row]]] = {
        "cores": lambda: growth_load.by_cores(model, data, seconds, growth_load.steps_of_cores()),
        "sizes": lambda: growth_load.by_size(model, data, seconds, options.megapixels),
        "clients": lambda: growth_load.by_clients(model, data, seconds, options.clients),
        "cases": lambda: growth_cases.by_cases(
            data, an_assessment(data, model), options.cases, options.repeats
        ),
    }
    return measures[part]()


def an_assessment(data: Path, model: str) -> Assessment:
    """What the model says about a drawn lesion: as large as real ones."""
    with assembled(data, model) as parts:
        photo = decode_photo(answered_photo(), parts.settings.limits)
        return assess(parts.classifier.predict(photo), parts.classifier.rules, ())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="growth.py", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=PARTS, help="all where none is named")
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--seconds", type=float, default=10, help="of load for each step")
    parser.add_argument(
        "--megapixels", type=float, nargs="+", choices=growth_load.SIZES, default=growth_load.SIZES
    )
    parser.add_argument("--clients", type=int, nargs="+", default=growth_load.CLIENTS)
    parser.add_argument("--cases", type=int, nargs="+", default=growth_cases.NUMBERS)
    parser.add_argument("--repeats", type=int, default=300, help="of each query")
    parser.add_argument("--figures", type=Path, help="folder for the figures")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
