"""Large photos are decoded one at a time, because each can take a gigabyte."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from threading import Event

import pytest
from PIL import Image

from skinapp.domain.errors import PhotoDamaged
from skinapp.domain.photo import Photo
from skinapp.intake import decode
from tests.intake.files import LIMITS, a_file, as_file

PATIENCE_S = 60


@pytest.fixture(scope="module")
def large_jpeg() -> bytes:
    """More than 16 megapixels."""
    return as_file(Image.new("L", (4001, 4000), 150), "JPEG")


class Turns:
    """Large decodings, step by step: ``steps`` tells what happens, and each waits for ``go_on``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor) -> None:
        self.steps: Queue[str] = Queue()
        self.go_on = Event()
        self._pool, self._turns, self._load = pool, decode._large_decodes, decode._load_shrunk
        monkeypatch.setattr(decode, "_large_decodes", self)
        monkeypatch.setattr(decode, "_load_shrunk", self._load_when_told)

    def begin(self, data: bytes) -> Future[Photo]:
        return self._pool.submit(decode.decode_photo, data, LIMITS)

    def next(self) -> str:
        return self.steps.get(timeout=PATIENCE_S)

    def __enter__(self) -> None:
        if not self._turns.acquire(blocking=False):
            self.steps.put("waits")
            assert self._turns.acquire(timeout=PATIENCE_S)

    def __exit__(self, *_: object) -> None:
        self._turns.release()

    def _load_when_told(self, image: Image.Image, *more: object) -> Image.Image:
        if image.width > 4000:
            self.steps.put("is decoded")
            assert self.go_on.wait(PATIENCE_S)
        return self._load(image, *more)  # type: ignore[arg-type]  # as it was called


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    with ThreadPoolExecutor() as pool:
        made = Turns(monkeypatch, pool)
        yield made
        made.go_on.set()


def test_second_large_photo_waits_until_the_first_is_decoded(turns: Turns, large_jpeg: bytes):
    first = turns.begin(large_jpeg)
    assert turns.next() == "is decoded"
    second = turns.begin(large_jpeg)
    assert turns.next() == "waits"
    turns.go_on.set()
    assert turns.next() == "is decoded"
    assert first.result(PATIENCE_S) == second.result(PATIENCE_S)


def test_small_photo_does_not_wait_for_a_large_one(turns: Turns, large_jpeg: bytes):
    turns.begin(large_jpeg)
    assert turns.next() == "is decoded"
    assert turns.begin(a_file("JPEG")).result(PATIENCE_S).width_px == 320
    assert turns.steps.empty()


def test_large_photo_that_is_damaged_makes_room(turns: Turns, large_jpeg: bytes):
    turns.go_on.set()
    with pytest.raises(PhotoDamaged):
        turns.begin(large_jpeg[: len(large_jpeg) // 2]).result(PATIENCE_S)
    assert turns.begin(large_jpeg).result(PATIENCE_S).source_width_px == 4001
    assert [turns.next(), turns.next()] == ["is decoded", "is decoded"]
