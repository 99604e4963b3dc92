#!/usr/bin/env python3
"""Count how many foreign pictures a model refuses; see ``--help``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from skinapp.training.refusal_command import main

if __name__ == "__main__":
    raise SystemExit(main())
