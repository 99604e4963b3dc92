"""No process accepts more connections than it may have open."""

from __future__ import annotations

import subprocess
import sys

import pytest

from skinapp.ops.descriptors import MOST_CONNECTIONS, connections_for

TELL = """
import resource
from skinapp.ops.descriptors import raise_descriptor_limit
print(raise_descriptor_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("allowed", "limit"), [("256:2000", 1400), ("256:512", 512), ("1500:2000", 1400)]
)
def test_as_many_descriptors_are_taken_as_are_allowed(allowed: str, limit: int):
    command = ["prlimit", f"--nofile={allowed}", sys.executable, "-c", TELL]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told, soft = map(int, done.stdout.split())
    assert told == limit
    assert soft >= told


def test_connections_leave_room_for_everything_else():
    assert [connections_for(n) for n in (1400, 1024, 300)] == [MOST_CONNECTIONS, 624, 10]
