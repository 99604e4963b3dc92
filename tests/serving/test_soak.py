"""What takes too long for every day: `make soak` runs it."""

from __future__ import annotations

import http.client
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.load import children
from benchmarks.processes import holding_of
from tests.hostile.uploads import BOUNDARY, HostileUpload, form_body, hostile_uploads
from tests.serving.conftest import Server, Start, wait_until
from tests.serving.test_survival import TOY, _readiness
from tests.serving.visitors import Visitor

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

UPLOADS = int(os.environ.get("SOAK_UPLOADS", "10000"))
CLIENTS = 4
ANSWERS = {303, 422, 413, 400}
HANGS_AFTER_S = 5.0
MOST_MB = 1000.0


def _send(visitor: Visitor, upload: HostileUpload) -> tuple[int, float]:
    """Status and seconds; a refused name may cost the connection, so each gets a new one."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=120)
    content = {
        "Cookie": visitor.cookie,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    try:
        connection.request("POST", "/cases", form_body(upload, visitor.token), content)
        status = connection.getresponse().status
    finally:
        connection.close()
    return status, time.monotonic() - began


@pytest.fixture
def server(start: Start) -> Server:
    running = start(app=TOY, SKINAPP_UPLOADS_PER_HOUR="0", SKINAPP_LOG_LEVEL="warning")
    running.wait_ready()
    wait_until(lambda: len(children(running.process.pid)) == 2)
    return running


def test_thousands_of_hostile_uploads_get_an_answer_and_leave_a_healthy_server(server: Server):
    workers = children(server.process.pid)
    visitors = [Visitor(server.port).come_in() for _ in range(CLIENTS)]

    def one_visitor(number: int) -> list[tuple[int, float]]:
        mine = hostile_uploads(UPLOADS // CLIENTS, seed=number)
        return [_send(visitors[number], upload) for upload in mine]

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for part in pool.map(one_visitor, range(CLIENTS)) for answer in part]
    statuses = Counter(status for status, _ in answers)
    longest_s = max(took for _, took in answers)
    held = holding_of(server.process.pid)
    print(f"\n{len(answers)} hostile uploads: {dict(statuses)}, longest {longest_s:.2f} s, {held}")
    assert set(statuses) <= ANSWERS
    assert children(server.process.pid) == workers
    assert "request_failed" not in server.err.read_text()
    assert held.peak_mb < MOST_MB
    assert longest_s < HANGS_AFTER_S


def test_a_disk_that_is_really_full_is_told_and_got_over(start: Start, tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    mount = f'mount -t tmpfs -o size=40m tmpfs "{data}" && exec "$@"'
    inside = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    server = start(app=TOY, inside=inside)
    server.wait_ready()
    visitor = Visitor(server.port).come_in()
    seen_by_server = Path(f"/proc/{server.process.pid}/root") / data.relative_to("/")
    assert (seen_by_server / "skinapp.sqlite3").exists()
    filler = seen_by_server / "filler"
    _fill(filler)
    wait_until(lambda: _readiness(server) == (503, "the disk is full"))
    assert visitor.upload().status == 503
    assert "the disk is full" in visitor.page
    filler.unlink()
    wait_until(lambda: _readiness(server) == (200, "ok"))
    assert visitor.upload().status == 303
    assert visitor.opens_its_case()


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):  # no space left
        while file.write(bytes(4096)):
            continue
