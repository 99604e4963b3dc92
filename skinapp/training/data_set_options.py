"""What ``audit_data.py`` and ``explore_data.py`` ask alike: which set, and where to."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_data_set_options(parser: argparse.ArgumentParser) -> None:
    """Add the set's folder, ``--out``, ``--layout`` and ``--labels``."""
    parser.add_argument("data", type=Path, metavar="DIR", help="the data set's folder")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="REPORT", help="REPORT.html and REPORT.json"
    )
    parser.add_argument(
        "--layout",
        choices=("auto", "table", "folders"),
        default="auto",
        help="a table of labels, or a folder a class; default: a table if there is one",
    )
    parser.add_argument("--labels", type=Path, help="the table, where it isn't in DIR")
