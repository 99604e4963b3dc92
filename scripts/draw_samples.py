#!/usr/bin/env python3
"""Write sample photos of drawn lesions, to try the app with; see ``--help``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from skinapp.synthetic import KINDS, lesion_jpeg

MIN_WIDTH_PX = 64
# Drawn first, because the shipped models answer to them: most drawings are too unlike real skin,
# and a first look at the app should not be at refusals alone.  No keratosis is answered to.
ANSWERED = {"nevus": (3, 10), "melanoma": (3,), "vascular": (1, 10)}


def seeds_of(kind: str, count: int) -> list[int]:
    """Which drawings of a kind to write, the same ones every time."""
    first = ANSWERED.get(kind, ())
    others = (seed for seed in range(count + len(first)) if seed not in first)
    return [*first, *others][:count]


def main() -> None:
    """Parse the arguments, draw, and say where the files are."""
    parser = argparse.ArgumentParser(description="Write sample photos of drawn lesions")
    parser.add_argument("folder", nargs="?", default="samples", type=Path, help="where to write")
    parser.add_argument("--per-kind", default=2, type=int, help="photos of each kind")
    parser.add_argument(
        "--width", default=1200, type=int, help="in pixels; the height is 3/4 of it"
    )
    args = parser.parse_args()
    if args.per_kind < 1 or args.width < MIN_WIDTH_PX:
        parser.error(f"draw at least one photo of each kind, at least {MIN_WIDTH_PX} pixels wide")
    args.folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        for number, seed in enumerate(seeds_of(kind, args.per_kind), start=1):
            path = args.folder / f"drawn-{kind}-{number}.jpg"
            # Every second one with hairs and a ruler, as in practice.
            path.write_bytes(
                lesion_jpeg(
                    kind,
                    seed=seed,
                    width_px=args.width,
                    height_px=args.width * 3 // 4,
                    hairs=seed % 2 == 1,
                    ruler=seed % 2 == 1,
                )
            )
            print(path)


if __name__ == "__main__":
    main()
