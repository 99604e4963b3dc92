"""A small load generator: clients that upload, follow the redirect and read the whole answer."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

BOUNDARY = "----skinapp-benchmark"
# A client that comes again at once would measure how fast it is turned away.
COME_AGAIN_S = 0.2
# In place of a status: the connection ended without an answer.
LOST = 0
# What only the page of an answered photo has.
_MAP = "stage__map"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load: where it listens and where the form is posted to.

    ``shows_map``: whether the page of an answer has a map, as ours does.
    """

    name: str
    port: int
    path: str
    pid: int
    shows_map: bool = False


class NoAnswer(SystemExit):
    """A server does not answer the photo that is to be uploaded, so nothing can be measured."""


@dataclass(slots=True)
class Outcome:
    """What one measurement found.  Times in seconds."""

    latencies_s: list[float] = field(default_factory=list)
    turned_away: int = 0
    failures: int = 0
    elapsed_s: float = 0.0
    processor_s: float = 0.0

    def count(self, status: int, took_s: float) -> None:
        """Take one more answer in."""
        if status == http.HTTPStatus.OK:
            self.latencies_s.append(took_s)
        elif status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            self.turned_away += 1
        else:
            self.failures += 1

    def row(self) -> dict[str, float]:
        """Requests a second, percentiles in ms, processor time a request in ms."""
        count = len(self.latencies_s)
        p50, p95, p99 = np.percentile(np.array(self.latencies_s or [np.nan]) * 1000, [50, 95, 99])
        return {
            "requests": count,
            "turned_away": self.turned_away,
            "failures": self.failures,
            "requests_per_s": round(count / self.elapsed_s, 2),
            "p50_ms": round(float(p50), 1),
            "p95_ms": round(float(p95), 1),
            "p99_ms": round(float(p99), 1),
            "processor_ms_per_request": round(1000 * self.processor_s / max(1, count), 1),
        }


class Client:
    """One browser: a connection, its cookies and its CSRF token."""

    def __init__(self, target: Target, photo: bytes) -> None:
        self._target = target
        self._connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=120)
        self._cookie = ""
        page = self._send("GET", "/", None, {})[1].decode()
        token = TOKEN.search(page)
        self._token = token.group(1) if token else ""
        # Whoever waits for others now would find it ended: the server keeps an idle one for ten
        # seconds.  The next request opens another.
        self._connection.close()
        self._body = form_body(photo, self._token)

    def upload(self) -> tuple[int, bytes]:
        """Post the photo and read the page with the answer; give the last status and the page.

        ``LOST`` where the connection ends without an answer; the next request opens another.
        """
        content = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        try:
            status, page, location = self._send("POST", self._target.path, self._body, content)
            if status == http.HTTPStatus.SEE_OTHER:
                status, page, _ = self._send("GET", location, None, {})
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return LOST, b""
        return status, page

    def post(self, photo: bytes) -> tuple[int, str]:
        """Post another photo; give the status and where the case is."""
        content = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        body = form_body(photo, self._token)
        status, _, location = self._send("POST", self._target.path, body, content)
        return status, location

    def submit(self, path: str) -> int:
        """Post a form without fields; give the status."""
        content = {"Content-Type": "application/x-www-form-urlencoded"}
        body = f"csrf_token={self._token}".encode()
        return self._send("POST", path, body, content)[0]

    def get(self, path: str) -> int:
        """Open a page; give the status."""
        return self._send("GET", path, None, {})[0]

    def close(self) -> None:
        """Leave."""
        self._connection.close()

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes, str]:
        if self._cookie:
            headers = headers | {"Cookie": self._cookie}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if cookie := answer.getheader("Set-Cookie"):
            self._cookie = cookie.split(";")[0]
        return answer.status, content, answer.getheader("Location", "")


def form_body(photo: bytes, token: str) -> bytes:
    """A multipart form with the photo and the CSRF token."""
    return b"".join(
        [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n'.encode(),
            f"{token}\r\n--{BOUNDARY}\r\n".encode(),
            b'Content-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n',
            b"Content-Type: image/jpeg\r\n\r\n",
            photo,
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        ]
    )


def measure(target: Target, photo: bytes, *, concurrency: int, seconds: float) -> Outcome:
    """Keep ``concurrency`` uploads in flight for a time; each client does at least one.

    Who is turned away with 503 counts apart, a lost connection as a failure; both come again after
    a pause.  Raises :class:`NoAnswer` where our own server withholds its answer to the photo.
    """
    with browsers(target, photo, concurrency) as clients:
        check_map(target, *clients[0].upload())
        return _measured(target, clients, seconds)


def _measured(target: Target, clients: Sequence[Client], seconds: float) -> Outcome:
    outcome, lock = Outcome(), threading.Lock()
    before, began = processor_time_s(target.pid), time.monotonic()

    def run(client: Client) -> None:
        while True:
            start = time.monotonic()
            status, _ = client.upload()
            end = time.monotonic()
            with lock:
                outcome.count(status, end - start)
            if end - began > seconds:
                return
            if status in {http.HTTPStatus.SERVICE_UNAVAILABLE, LOST}:
                time.sleep(COME_AGAIN_S)

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.elapsed_s = time.monotonic() - began
    outcome.processor_s = processor_time_s(target.pid) - before
    return outcome


@contextmanager
def browsers(target: Target, photo: bytes, count: int) -> Iterator[list[Client]]:
    """So many clients, each come in; they leave with the block."""
    clients = [Client(target, photo) for _ in range(count)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def must_answer(target: Target, photo: bytes) -> None:
    """Upload once.  Raises :class:`NoAnswer` where that is not answered, or without the map."""
    with browsers(target, photo, 1) as [client]:
        status, page = client.upload()
    if status != http.HTTPStatus.OK:
        how = f"with status {status}" if status != LOST else "by hanging up"
        raise NoAnswer(f"{target.name} answered an upload {how}")
    check_map(target, status, page)


def check_map(target: Target, status: int, page: bytes) -> None:
    """Raise :class:`NoAnswer` where our server says that it does not recognise the photo.

    What has another status counts as a failure elsewhere.
    """
    if target.shows_map and status == http.HTTPStatus.OK:
        check_page(target.name, page)


def has_map(page: bytes) -> bool:
    """Whether a page of ours answers a photo, and is not a refusal."""
    return _MAP in page.decode()


def check_page(name: str, page: bytes) -> None:
    """Raise :class:`NoAnswer` for a page without a map, which costs less than an answer."""
    if not has_map(page):
        raise NoAnswer(
            f"{name} does not recognise the photo that is uploaded, so that its page has no map: "
            "choose another drawing in benchmarks/photos.py"
        )


def processor_time_s(pid: int) -> float:
    """User and system time of a process and its children, from /proc."""
    ticks = 0
    for process in [pid, *children(pid)]:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still live."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]
