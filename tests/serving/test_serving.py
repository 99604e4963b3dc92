from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import RemoteDisconnected
from pathlib import Path
from urllib.error import URLError

import pytest

from skinapp.model.processor import available_cores
from skinapp.ops.capacity import plan_capacity
from tests.serving.conftest import ROOT, Server, Start, wait_until


def test_it_says_once_where_it_is(server: Server):
    wait_until(lambda: _workers(server) == 2)
    assert server.out.read_text() == f"skinapp is ready on http://127.0.0.1:{server.port}\n"


def test_it_says_so_only_when_a_worker_has_loaded(start: Start):
    server = start(FAKE_LOAD_S="0.5")
    server.wait_ready()
    assert server.notes.with_name("notes.loaded").exists()


def test_a_request_in_flight_is_finished_on_sigterm(server: Server):
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(server.get, "/slow")
        worker = server.wait_noted()
        server.process.terminate()
        assert int(slow.result()) == worker
    assert server.process.wait(60) == 0


def test_a_server_that_has_just_started_does_not_wait_for_the_grace_period(server: Server):
    server.process.terminate()
    assert server.process.wait(25) == 0


def test_a_killed_worker_takes_down_nothing_else(server: Server):
    wait_until(lambda: _workers(server) == 2)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(server.get, "/slow")
        killed = server.wait_noted()
        os.kill(killed, signal.SIGKILL)
        with pytest.raises((RemoteDisconnected, ConnectionResetError, URLError)):
            slow.result()
        answers = {int(server.get(timeout_s=30)) for _ in range(10)}
    assert killed not in answers
    wait_until(lambda: _workers(server) == 2)


def test_the_log_is_json_from_the_first_line(server: Server):
    lines = [json.loads(line) for line in server.err.read_text().splitlines()]
    assert "Booting worker with pid" in " ".join(line["event"] for line in lines)


def test_nobody_learns_what_serves(server: Server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/") as answer:
        assert answer.headers["Server"] == "skinapp"


def test_headers_that_only_a_proxy_may_set_are_not_believed(server: Server):
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9", "SCRIPT_NAME": "/app"}
    assert server.get("/app/where", **told) == "http |127.0.0.1"


def test_numerical_threads_are_set_before_the_application_loads(server: Server):
    planned = plan_capacity(available_cores(), workers=2)
    assert server.get("/threads") == str(planned.torch_threads)


def test_no_path_is_in_the_log_whatever_its_level(start: Start):
    server = start(SKINAPP_LOG_LEVEL="debug")
    server.wait_ready()
    server.get("/cases/a-secret-id")
    server.process.terminate()
    assert server.process.wait(60) == 0
    logged = server.err.read_text()
    assert '"level": "debug"' in logged
    assert "a-secret-id" not in logged


def test_nobody_waits_behind_connections_that_say_nothing(start: Start):
    server = start(SKINAPP_WORKERS="1")
    server.wait_ready()
    with ExitStack() as silent:
        for _ in range(150):
            silent.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        began_s = time.monotonic()
        server.get()
    # A thread would wait five seconds for each, and there are 28.
    assert time.monotonic() - began_s < 15


def test_a_successor_takes_over_on_sigusr2(start: Start, tmp_path: Path):
    pid_file = tmp_path / "pid"
    server = start("-p", str(pid_file))
    server.wait_ready()
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: server.out.read_text().count("is ready") == 2)
    successor = int(pid_file.with_name("pid.2").read_text())
    try:
        server.process.terminate()
        assert server.process.wait(60) == 0
        assert int(server.get()) > 0
    finally:
        os.kill(successor, signal.SIGTERM)
        wait_until(lambda: not Path(f"/proc/{successor}").exists())


def test_what_a_worker_has_loaded_is_no_work_for_the_garbage_collector(server: Server):
    assert int(server.get("/loaded")) > 10_000


def test_settings_that_are_read_again_put_nothing_in_gunicorns_place_twice():
    code = (
        "import runpy; from gunicorn.workers.gthread import TConn, ThreadWorker;"
        "[runpy.run_path('gunicorn.conf.py') for _ in range(3)];"
        "print(TConn.gunicorns_init.__module__, ThreadWorker.gunicorns_answer.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["gunicorn.workers.gthread"] * 2


def test_a_broken_request_leaves_no_address_in_the_log(server: Server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        assert b"400" in connection.recv(100)
    wait_until(lambda: "Invalid request" in server.err.read_text())
    logged = [json.loads(line) for line in server.err.read_text().splitlines()]
    assert [x["event"] for x in logged if "nvalid" in x["event"]] == ["Invalid request"]


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "[::]:0"])
def test_a_remote_bind_without_consent_is_refused(start: Start, bind: str):
    assert "set SKINAPP_ALLOW_REMOTE=1" in _refusal(start("-b", bind))


def test_a_socket_that_was_opened_by_others_needs_consent_too(start: Start):
    """As a service manager's does; it replaces the address that was set."""
    with socket.create_server(("0.0.0.0", 0)) as listening:
        server = start("-b", f"fd://{listening.fileno()}", keep=(listening.fileno(),))
        assert "set SKINAPP_ALLOW_REMOTE=1" in _refusal(server)


def test_a_socket_of_this_machine_that_was_opened_by_others_serves(start: Start):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor, port = listening.fileno(), listening.getsockname()[1]
        server = start("-b", f"fd://{descriptor}", keep=(descriptor,), SKINAPP_PORT=str(port))
        server.wait_ready()
        assert int(server.get()) > 0


def test_a_remote_host_without_consent_is_refused(start: Start):
    assert "set SKINAPP_ALLOW_REMOTE=1" in _refusal(start(SKINAPP_HOST="0.0.0.0"))


def test_a_remote_bind_with_consent_serves(start: Start):
    server = start(SKINAPP_HOST="0.0.0.0", SKINAPP_ALLOW_REMOTE="1")
    server.wait_ready()
    assert int(server.get()) > 0


def test_settings_that_make_no_sense_are_refused(start: Start):
    words = _refusal(start(SKINAPP_WORKERS="many", SKINAPP_RETENTION_DAYS="-1"))
    assert "SKINAPP_WORKERS: " in words
    assert "SKINAPP_RETENTION_DAYS: " in words


def test_a_taken_port_is_refused(start: Start, server: Server):
    words = _refusal(start(SKINAPP_PORT=str(server.port)))
    assert f"Port {server.port} on 127.0.0.1 is taken by another program" in words


def test_an_application_that_refuses_is_not_started_again_and_again(start: Start):
    words = _refusal(start(app="tests.serving.fake_refusal:app"))
    assert "There is no model in weights/nothing" in words
    assert words.count("Booting worker") <= 2


def _refusal(server: Server) -> str:
    assert server.process.wait(60) != 0
    words = server.err.read_text()
    assert "Traceback" not in words
    return words


def _workers(server: Server) -> int:
    """How many live children the server has."""
    pid = server.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123 - /proc
        return len(file.read().split())
