"""Static files: the content's hash stands in the URL, so that browsers may keep them for good.

No path that a visitor sends ever reaches the file system.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, Response, abort

from skinapp.web.kept_files import KeptFile, answer_with, read_file


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
        return answer_with(file, "public")

    app.view_functions["static"] = static


def read_static_files(folder: Path) -> dict[str, KeptFile]:
    """Read a folder; the keys are paths below it, with slashes."""
    return {
        path.relative_to(folder).as_posix(): read_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
