"""Answers to what is no proper HTTP."""

from __future__ import annotations

from email.parser import BytesParser

import pytest

from skinapp.ops.unheard import plain_answer


def _parsed(answer: bytes):
    head, body = answer.split(b"\r\n\r\n", 1)
    status_line, headers = head.split(b"\r\n", 1)
    return status_line.decode(), BytesParser().parsebytes(headers), body.decode()


@pytest.mark.parametrize("status", [400, 403, 414, 417, 431, 500, 501])
def test_an_answer_is_whole_loads_nothing_and_is_not_stored(status):
    status_line, headers, body = _parsed(plain_answer(status, "A Reason"))
    assert status_line == f"HTTP/1.1 {status} A Reason"
    assert int(headers["Content-Length"]) == len(body.encode())
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert f"<h1>Error {status}</h1>" in body


def test_who_sends_too_much_along_is_told_so():
    assert "longer than is read here" in plain_answer(431, "Too Large").decode()
