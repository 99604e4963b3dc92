"""Browsers that upload to a real server, many at a time."""

from __future__ import annotations

import functools
import http.client
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.load import BOUNDARY, TOKEN, form_body
from skinapp.synthetic import lesion_jpeg

CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
PATIENCE_S = 120
LOST = 0  # the connection ended without an answer


@functools.cache
def a_photo() -> bytes:
    return lesion_jpeg("nevus", width_px=320, height_px=240)


@dataclass
class Visitor:
    """A browser session: a cookie and a token, a new connection for every request."""

    port: int
    cookie: str = ""
    token: str = ""
    status: int = LOST
    location: str = ""
    page: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def come_in(self) -> Visitor:
        self._send("GET", "/")
        found = TOKEN.search(self.page)
        assert found is not None
        self.token = found.group(1)
        return self

    def upload(self) -> Visitor:
        """Send a photo; a connection that breaks leaves the status LOST."""
        try:
            self._send("POST", "/cases", form_body(a_photo(), self.token))
        except (OSError, http.client.HTTPException):
            self.status = LOST
        return self

    def opens_its_case(self) -> bool:
        location = self.location
        self._send("GET", location)
        return self.status == 200 and location.startswith("/cases/")

    def _send(self, method: str, path: str, body: bytes | None = None) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = CONTENT_TYPE
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            self.page = answer.read().decode()
        finally:
            connection.close()
        self.headers = dict(answer.headers)
        self.status, self.location = answer.status, answer.getheader("Location", "")
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.split(";")[0]


def visitors(port: int, count: int) -> list[Visitor]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: Visitor(port).come_in(), range(count)))


class AllAtOnce:
    """The visitors' uploads, each in a thread; :meth:`answers` waits for them."""

    def __init__(self, those: list[Visitor]) -> None:
        self._pool = ThreadPoolExecutor(len(those))
        self._uploads = [self._pool.submit(one.upload) for one in those]

    def answers(self) -> list[Visitor]:
        with self._pool:
            return [upload.result() for upload in self._uploads]
