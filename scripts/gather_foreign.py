#!/usr/bin/env python3
"""Make a folder of foreign pictures from free packages; see ``--help``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from skinapp.training.gather import main

if __name__ == "__main__":
    raise SystemExit(main())
