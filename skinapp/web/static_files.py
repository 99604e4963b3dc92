"""Static files: the content's hash stands in the URL, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

_HASH_DIGITS = 16


def register_static_hashes(app: Flask) -> None:
    """Hash the static folder once; add ``?v=<hash>`` to URLs and a far expiry to such answers."""
    hashes = _hash_files(Path(app.static_folder)) if app.static_folder else {}

    @app.url_defaults
    def add_hash(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and values.get("filename") in hashes:
            values.setdefault("v", hashes[values["filename"]])

    @app.after_request
    def set_expiry(response: Response) -> Response:
        if request.endpoint == "static":
            name = (request.view_args or {}).get("filename", "")
            current = name in hashes and request.args.get("v") == hashes[name]
            response.headers["Cache-Control"] = (
                "public, max-age=31536000, immutable" if current else "no-cache"
            )
        return response


def _hash_files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[
            :_HASH_DIGITS
        ]
        for path in folder.rglob("*")
        if path.is_file()
    }
