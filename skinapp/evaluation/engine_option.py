"""``--engine`` and ``--symmetries`` for the scripts that run the network."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import get_args

from skinapp.domain.symmetry import Symmetries
from skinapp.model.engines import EngineName, EnginePlan
from skinapp.model.processor import available_cores


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--engine``, ``--engine-cache`` and ``--symmetries``."""
    parser.add_argument(
        "--engine",
        choices=get_args(EngineName),
        default="auto",
        help="what runs the network (default: auto, which serving uses too)",
    )
    parser.add_argument(
        "--engine-cache",
        type=Path,
        default=Path("var/engines"),
        help="folder of networks converted for OpenVINO (default: var/engines)",
    )
    parser.add_argument(
        "--symmetries",
        type=int,
        choices=get_args(Symmetries),
        default=1,
        help="views of an image over which an answer is the mean: 2 are the image and its mirror "
        "image, 8 all of the square (default: 1)",
    )


def engine_plan(options: argparse.Namespace) -> EnginePlan:
    """One photo at a time, with all cores that may be used."""
    cores = available_cores()
    return EnginePlan(
        options.engine,
        options.engine_cache,
        _AllCores(cores),
        threads=cores,
        symmetries=options.symmetries,
    )


class _AllCores:
    """There is nobody to share with."""

    def __init__(self, cores: int) -> None:
        self._cores = cores

    def computing(self) -> AbstractContextManager[int]:
        return nullcontext(self._cores)
