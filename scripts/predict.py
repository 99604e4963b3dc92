#!/usr/bin/env python3
"""Score image files and write one CSV row for each; see ``--help``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from skinapp.evaluation.predictions import main

if __name__ == "__main__":
    raise SystemExit(main())
