"""gunicorn's configuration.  Everything an administrator sets is a SKINAPP_* variable."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import gunicorn.http.wsgi
import gunicorn.util
import gunicorn.workers.gthread
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import TConn, ThreadWorker

from skinapp.model.processor import available_cores
from skinapp.ops.capacity import SPARE_THREADS, plan_capacity
from skinapp.ops.descriptors import connections_for, raise_descriptor_limit
from skinapp.ops.farewell import Farewells
from skinapp.ops.fork import let_new_workers_be_stopped
from skinapp.ops.halt import although_workers_refuse
from skinapp.ops.listen import bind_option, is_inherited, listening_hosts, refuse_taken
from skinapp.ops.logging import logging_config
from skinapp.ops.slow_heads import HeadWatch, give_up_unread, unread_is_lost
from skinapp.ops.unheard import plain_answer
from skinapp.settings import read_settings

_settings = read_settings()
_capacity = plan_capacity(
    available_cores(), _settings.workers, _settings.threads, on_gpu=_settings.on_gpu
)

bind = bind_option(_settings.host, _settings.port)
worker_class = "gthread"
workers = _capacity.workers
# One for every upload that is inside, and some that are always free for pages, probes and
# turning uploads away.  They are made as they are needed.
threads = _capacity.threads + _settings.max_waiting + SPARE_THREADS
# One that runs out of descriptors while it accepts dies.
worker_connections = connections_for(raise_descriptor_limit())
# So long does a thread wait for a connection that says nothing, or for a body where none belongs,
# before others look after it: the poller, and Farewells.  Probes wait behind.
gunicorn.workers.gthread.DEFAULT_WORKER_DATA_TIMEOUT = 0.05
# The numerical libraries read these when they are loaded.
raw_env = [
    f"{name}={_capacity.torch_threads}"
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    if name not in os.environ
]
# Each worker loads the model itself: torch hangs when a process is forked after using it, and CUDA
# fails.
# Importing it before is harmless; see on_starting.
preload_app = False

# A worker is silent while it loads and warms the model, on a slow disk for long.
timeout = 120
# SIGTERM: requests in flight get this long to finish.
graceful_timeout = 30
keepalive = 10
# The heartbeat is a file: on a disk that stalls, healthy workers would be killed.
if os.access("/dev/shm", os.W_OK):  # noqa: S108 - nothing but the heartbeat lies there
    worker_tmp_dir = "/dev/shm"  # noqa: S108 - likewise

# What a proxy says is believed by the application, and only where SKINAPP_BEHIND_TLS is set.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers = {}

# Of the body, Flask checks the size; these bound what comes before it.
limit_request_line = 2048
limit_request_fields = 64
limit_request_field_size = 8190

accesslog = None
loglevel = _settings.log_level
logconfig_dict = logging_config(_settings.log_level, _settings.log_format)
# Nobody needs to know what serves.
gunicorn.http.wsgi.SERVER = "skinapp"
control_socket_disable = True
chdir = str(Path(__file__).resolve().parent)

_announcement = multiprocessing.Lock()
_farewells = Farewells(most_bytes=2 * _settings.limits.max_upload_bytes)
_heads = HeadWatch()
# SIGHUP reads this file again: what was put in gunicorn's place must not be put there twice.
_make_ready = TConn.gunicorns_init = getattr(TConn, "gunicorns_init", TConn.init)
_answer = ThreadWorker.gunicorns_answer = getattr(
    ThreadWorker, "gunicorns_answer", ThreadWorker.handle_request
)


def _begin(connection: TConn) -> None:
    """Before a head is read; see :mod:`skinapp.ops.slow_heads`."""
    give_up_unread(connection.sock)
    _heads.begin(connection.sock)
    _make_ready(connection)


def _answer_whole(worker: ThreadWorker, request: Request, connection: TConn) -> bool:
    """After it was read."""
    _heads.end(connection.sock)
    # For the application, which knows by its answer whether the body will be read.
    request.body.hang_up = request.force_close
    with unread_is_lost():
        answered: bool = _answer(worker, request, connection)
    return answered


def _close(connection: TConn, graceful: bool = False) -> None:
    """In place of gunicorn's own: see :mod:`skinapp.ops.farewell`."""
    _heads.end(connection.sock)
    if graceful:
        _farewells.say(connection.sock)
        return
    with suppress(OSError):
        connection.sock.close()


def _refuse(connection: socket.socket, status: int, reason: str, detail: str) -> None:
    """In place of gunicorn's own page, which quotes the request; see :mod:`skinapp.ops.unheard`."""
    del detail
    gunicorn.util.write_nonblock(connection, plain_answer(status, reason))


gunicorn.util.write_error = _refuse
TConn.init, TConn.close = _begin, _close
ThreadWorker.handle_request = _answer_whole


def on_starting(server: Arbiter) -> None:
    """Check addresses given to gunicorn itself (``-b``) before anything listens; get ready."""
    for address in server.cfg.address:
        if isinstance(address, tuple):  # what was opened by others is looked at when_ready
            read_settings(host=address[0])
            if not is_inherited(os.environ):
                refuse_taken(address[:2])
    if server.app.app_uri == "skinapp.wsgi:app":
        # Imported, and the network converted, once for all workers: half the work at start, less
        # memory, and a worker that died is replaced in a moment.
        importlib.import_module("skinapp.assembly").prepare_engine(_settings, server.log.info)
    # SIGUSR2 starts the new one likewise: as a script, gunicorn's own folder would come first on
    # the path, and its module http hide Python's.
    if Path(sys.argv[0]).name == "__main__.py":
        server.START_CTX["args"] = [sys.executable, "-m", "gunicorn", *sys.argv[1:]]
    let_new_workers_be_stopped()
    server.stop = although_workers_refuse(server.stop, HaltServer)


def when_ready(server: Arbiter) -> None:
    """Check what listens indeed: a service manager's socket, or ``-b fd://``, names no address."""
    for host in listening_hosts(listener.sock for listener in server.LISTENERS):
        read_settings(host=host)


def pre_request(worker: Worker, request: Request) -> None:
    """In place of gunicorn's, which tells the path, and in it a case's id, to the debug log."""
    del worker, request


def post_worker_init(worker: Worker) -> None:
    """When a worker has loaded and warmed the model; the first one says where skinapp is."""
    # What is loaded by now stays.  To look through it for garbage held up all threads of a worker
    # for 0.2 seconds, every quarter of a minute under load.
    gc.collect()
    gc.freeze()
    if _announcement.acquire(block=False):
        print(f"skinapp is ready on {worker.sockets[0]}", flush=True)


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """Let the last ones read their answers."""
    del server, worker
    _farewells.wait(2.0)
