"""Files that are read at start and answered from memory; browsers may keep them."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from flask import Response, request

_HASH_DIGITS = 16
_COMPRESSIBLE = frozenset({".css", ".js", ".svg", ".txt", ".json"})
_FOR_GOOD = "max-age=31536000, immutable"


@dataclass(frozen=True)
class KeptFile:
    """A file as it is, whether it pays to compress it, and the hash of its content."""

    content: bytes
    compressible: bool
    mimetype: str
    digest: str

    @cached_property
    def compressed(self) -> bytes:
        """By gzip, when it is first asked for: a start is not to wait for what few open."""
        return gzip.compress(self.content, 9, mtime=0)


def read_file(path: Path) -> KeptFile:
    """Read a file whole.  Raises :class:`OSError` where that can't be done."""
    content = path.read_bytes()
    return KeptFile(
        content=content,
        compressible=path.suffix in _COMPRESSIBLE,
        mimetype=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        digest=hashlib.sha256(content).hexdigest()[:_HASH_DIGITS],
    )


def answer_with(file: KeptFile, kept_by: Literal["public", "private"]) -> Response:
    """Send a file, which is kept for good where the address has its hash: ``?v=<hash>``."""
    compress = file.compressible and request.accept_encodings.quality("gzip") > 0
    response = Response(file.compressed if compress else file.content, mimetype=file.mimetype)
    if compress:
        response.headers["Content-Encoding"] = "gzip"
    if file.compressible:
        response.headers["Vary"] = "Accept-Encoding"
    kept = _FOR_GOOD if request.args.get("v") == file.digest else "no-cache"
    response.headers["Cache-Control"] = f"{kept_by}, {kept}"
    response.set_etag(f"{file.digest}-gzip" if compress else file.digest)
    response.make_conditional(request)
    return response
