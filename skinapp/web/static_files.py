"""Static files: the content's hash stands in the URL, so that browsers may keep them for good.

They are read and compressed once, at start, and answered from memory: no path that a visitor sends
ever reaches the file system.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

_HASH_DIGITS = 16
_COMPRESSED = frozenset({".css", ".js", ".svg", ".txt", ".json"})


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is, compressed where that pays (else empty), and the hash of its content."""

    content: bytes
    compressed: bytes
    mimetype: str
    digest: str


def register_static_files(app: Flask) -> None:
    """Answer ``/static/``; add ``?v=<hash>`` to its URLs and a far expiry to such answers."""
    shelf = read_static_files(Path(app.static_folder)) if app.static_folder else {}

    @app.url_defaults
    def add_hash(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and values.get("filename") in shelf:
            values.setdefault("v", shelf[values["filename"]].digest)

    def static(filename: str) -> Response:
        file = shelf.get(filename)
        if file is None:
            abort(404)
        return _answer(file)

    @app.after_request
    def set_expiry(response: Response) -> Response:
        if request.endpoint == "static":
            file = shelf.get((request.view_args or {}).get("filename", ""))
            current = file is not None and request.args.get("v") == file.digest
            response.headers["Cache-Control"] = (
                "public, max-age=31536000, immutable" if current else "no-cache"
            )
        return response

    app.view_functions["static"] = static


def read_static_files(folder: Path) -> dict[str, StaticFile]:
    """Read a folder; the keys are paths below it, with slashes."""
    return {
        path.relative_to(folder).as_posix(): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(
        content=content,
        compressed=gzip.compress(content, 9, mtime=0) if path.suffix in _COMPRESSED else b"",
        mimetype=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        digest=hashlib.sha256(content).hexdigest()[:_HASH_DIGITS],
    )


def _answer(file: StaticFile) -> Response:
    compress = bool(file.compressed) and request.accept_encodings.quality("gzip") > 0
    response = Response(file.compressed if compress else file.content, mimetype=file.mimetype)
    if compress:
        response.headers["Content-Encoding"] = "gzip"
    if file.compressed:
        response.headers["Vary"] = "Accept-Encoding"
    response.set_etag(f"{file.digest}-gzip" if compress else file.digest)
    response.make_conditional(request)
    return response
