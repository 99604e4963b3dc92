"""Every program that can be run says how, and ends its servers when it is asked to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.peers.known import PEERS

ROOT = Path(__file__).resolve().parents[2]
# Those that people seldom call themselves; the others print their help in the same way.
PROGRAMS = (
    "benchmarks/bare_server.py",
    "benchmarks/forward.py",
    "benchmarks/peak.py",
    *(str(peer.script.relative_to(ROOT)) for peer in PEERS),
)
_LIMIT_S = 60.0
_SERVING = """
import signal, sys
from benchmarks.servers import bare_server
ignoring = sys.argv[1] == "ignoring"
# Whoever runs these tests may ignore signals, in the background or under nohup, and hand that on.
signal.signal(signal.SIGHUP, signal.SIG_IGN if ignoring else signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
with bare_server() as bare:
    print(bare.pid, flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_says_how_it_is_run(program: str):
    done = subprocess.run(
        [sys.executable, program, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {Path(program).name}")


def _begin(how: str) -> tuple[subprocess.Popen[str], int]:
    program = subprocess.Popen(
        [sys.executable, "-c", _SERVING, how],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    return program, int(program.stdout.readline())


def _is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_whoever_is_asked_to_stop_stops_its_servers(asked: signal.Signals):
    program, server = _begin("as usual")
    with program:
        assert _is_there(server)
        os.kill(program.pid, asked)
        program.wait(_LIMIT_S)
    assert not _is_there(server)


def test_a_hangup_that_is_ignored_as_nohup_does_stops_nothing():
    program, server = _begin("ignoring")
    with program:
        os.kill(program.pid, signal.SIGHUP)
        assert program.stdin is not None
        program.stdin.write("end\n")
        program.stdin.close()
        assert program.wait(_LIMIT_S) == 0
    assert not _is_there(server)
