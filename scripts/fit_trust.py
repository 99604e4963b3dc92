#!/usr/bin/env python3
"""Fit what says when to trust a model's answers; see ``--help``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from skinapp.training.trust_command import main

if __name__ == "__main__":
    raise SystemExit(main())
