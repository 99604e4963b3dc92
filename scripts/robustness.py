#!/usr/bin/env python3
"""Measure a model on disturbed images and by subgroup."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from skinapp.evaluation.examine import main

if __name__ == "__main__":
    raise SystemExit(main())
