#!/usr/bin/env python3
"""Look through a data set before it is trained on; see ``--help``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from skinapp.training.audit_command import main

if __name__ == "__main__":
    raise SystemExit(main())
