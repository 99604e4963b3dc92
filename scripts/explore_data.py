#!/usr/bin/env python3
"""Take a first look at a data set; see ``--help``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from skinapp.training.explore_command import main

if __name__ == "__main__":
    raise SystemExit(main())
