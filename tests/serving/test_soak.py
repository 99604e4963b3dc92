"""What takes too long for every day: `make soak` runs it."""

from __future__ import annotations

import http.client
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hostile_figures import Outcome, collated, lines
from benchmarks.load import children
from benchmarks.machine import describe, write_findings
from benchmarks.processes import holding_of
from tests.hostile.uploads import BOUNDARY, HostileUpload, form_body, hostile_uploads
from tests.serving.conftest import Server, Start, wait_until
from tests.serving.readiness import readiness
from tests.serving.test_survival import TOY
from tests.serving.visitors import Visitor

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

UPLOADS = int(os.environ.get("SOAK_UPLOADS", "10000"))
CLIENTS = 4
ANSWERS = {303, 422, 413, 400}
HANGS_AFTER_S = 5.0
MOST_MB = 1000.0
OUT = Path(os.environ["SOAK_OUT"]) if "SOAK_OUT" in os.environ else None
AFTERWARDS = ("minutes", "workers_that_died", "largest_worker_peak_mb")


def _send(visitor: Visitor, upload: HostileUpload) -> Outcome:
    """A refused name may cost the connection, so each upload gets a new one."""
    body = form_body(upload, visitor.token)
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=120)
    content = {
        "Cookie": visitor.cookie,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    try:
        connection.request("POST", "/cases", body, content)
        status = connection.getresponse().status
    finally:
        connection.close()
    return Outcome(upload.kind, status, time.monotonic() - began)


@pytest.fixture
def server(start: Start) -> Server:
    running = start(app=TOY, SKINAPP_UPLOADS_PER_HOUR="0", SKINAPP_LOG_LEVEL="warning")
    running.wait_ready()
    wait_until(lambda: len(children(running.process.pid)) == 2)
    return running


def _flood(port: int) -> list[Outcome]:
    visitors = [Visitor(port).come_in() for _ in range(CLIENTS)]

    def one_visitor(number: int) -> list[Outcome]:
        mine = hostile_uploads(UPLOADS // CLIENTS, seed=number)
        return [_send(visitors[number], upload) for upload in mine]

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [outcome for part in pool.map(one_visitor, range(CLIENTS)) for outcome in part]


def _figures(server: Server, workers: list[int]) -> dict[str, Any]:
    """Send all, tell what was found, and keep it where SOAK_OUT says."""
    machine, began = describe(), time.monotonic()
    found = collated(_flood(server.port))
    found |= {
        "clients": CLIENTS,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "workers_that_died": len(set(workers) - set(children(server.process.pid))),
        "largest_worker_peak_mb": round(holding_of(server.process.pid).peak_mb, 1),
    }
    print("", *lines(found), sep="\n")
    print(*(f"{name}: {found[name]}" for name in AFTERWARDS), sep=", ")
    write_findings(OUT, machine, found)
    return found


def test_thousands_of_hostile_uploads_get_an_answer_and_leave_a_healthy_server(server: Server):
    workers = children(server.process.pid)
    found = _figures(server, workers)
    assert {int(status) for status in found["statuses"]} <= ANSWERS
    assert children(server.process.pid) == workers
    assert "request_failed" not in server.err.read_text()
    assert found["largest_worker_peak_mb"] < MOST_MB
    assert found["slowest_s"] < HANGS_AFTER_S


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
    wait_until(lambda: readiness(server) == (503, "the disk is full"))
    assert visitor.upload().status == 503
    assert "the disk is full" in visitor.page
    filler.unlink()
    wait_until(lambda: readiness(server) == (200, "ok"))
    assert visitor.upload().status == 303
    assert visitor.opens_its_case()


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):  # no space left
        while file.write(bytes(4096)):
            continue
