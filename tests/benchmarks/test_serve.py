"""What the comparison with the peers is judged by."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks import serve
from benchmarks.load import Target
from benchmarks.serve import is_good_enough
from tests.benchmarks.stub_server import answering


def _row(ratio: float | None, *, photo: str = "600x450", requests: int = 90, failures: int = 0):
    ours = {"requests": requests, "failures": failures}
    return {"photo": photo, "ratio": ratio, "skinapp": ours}


def test_twice_as_fast_with_large_photos_and_never_slower_is_good():
    assert is_good_enough(_row(1.0))
    assert is_good_enough(_row(2.0, photo="4000x3000"))
    assert not is_good_enough(_row(1.9, photo="4000x3000"))
    assert not is_good_enough(_row(0.9))


def test_an_upload_that_fails_is_not_good():
    assert not is_good_enough(_row(9.0, failures=1))


def test_a_server_that_answers_nothing_is_not_good():
    assert not is_good_enough(_row(1.0, requests=0))


def _rounds(ours: Target, peers: Sequence[Target]):
    return list(serve._rounds(ours, peers, seconds=0.0))


def test_a_peer_that_only_fails_is_nothing_to_compare_with(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(serve, "PHOTOS", {"600x450": (60, 45)})
    monkeypatch.setattr(serve, "CONCURRENCIES", (1,))
    with answering(200) as ours, answering(500) as peer:
        naive = Target("naive", peer.port, peer.path, peer.pid)
        skinapp = Target("skinapp", ours.port, ours.path, ours.pid)
        [row] = _rounds(skinapp, [naive])
    assert row["ratio"] is None
    assert not is_good_enough(row)
    assert capsys.readouterr().out.splitlines()[-1].endswith(" none")
