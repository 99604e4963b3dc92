from __future__ import annotations

import subprocess
import sys

import pytest

# Like gunicorn's: takes a note and goes on.
PROGRAM = """
import os, signal, sys, time
from skinapp.ops.fork import let_new_workers_be_stopped

notes = []
signal.signal(signal.SIGTERM, lambda *_: notes.append("noted"))
let_new_workers_be_stopped()
child = os.fork()
if child == 0:
    time.sleep(30)
    sys.exit(0)
{action}
"""


def _run(action: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(action=action)],
        capture_output=True,
        text=True,
        timeout=25,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.timeout(60)
def test_a_new_worker_is_ended_by_sigterm_from_its_first_moment():
    ended = "os.kill(child, signal.SIGTERM); print(os.waitstatus_to_exitcode(os.wait()[1]))"
    assert _run(ended) == "-15"


@pytest.mark.timeout(60)
def test_the_parent_keeps_its_handlers():
    noted = "os.kill(child, 9); os.wait(); os.kill(os.getpid(), signal.SIGTERM); print(*notes)"
    assert _run(noted) == "noted"
