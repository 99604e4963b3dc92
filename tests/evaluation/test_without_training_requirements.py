"""What is done with the requirements of serving alone, as after `make run`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What requirements-train.txt and requirements-test.txt bring.
BLOCKED = ("scipy", "sklearn", "skimage", "matplotlib", "captum")


def test_bulk_scoring_needs_nothing_more():
    code = (
        "import runpy, sys\n"
        f"sys.modules.update(dict.fromkeys({BLOCKED!r}))\n"
        "sys.argv = ['predict.py', '--help']\n"
        "runpy.run_path('scripts/predict.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--out" in done.stdout
