"""Foreign pictures out of Debian's packages of free drawings and photographs.

They judge the refusal of what is no dermoscopic image, and choose nothing.  ``apt-get download``
fetches the packages, nothing is installed, and none of the pictures is kept in this repository.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from skinapp.domain.errors import PhotoTooSmall
from skinapp.evaluation.labels import LabelsUnreadable
from skinapp.training.foreign_drawings import SIZE_PX
from skinapp.training.open_image import open_image

STAMPS = "tuxpaint-stamps-default"
# By package, what its own file "copyright" says.
LICENCES = {
    STAMPS: "GPL-2",
    "gnome-backgrounds": "CC-BY-SA-4.0 and others",
    "mate-backgrounds": "GPL-2+",
    "plasma-workspace-wallpapers": "various, free",
}
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
# The same drawings, turned round.
_TURNED = ("_mirror", "_flip")
# The app takes no narrower ones either, as it comes.
_LEAST_SIDE_PX = 128
_NEARLY_WHITE = 240
# Smaller files of the backgrounds are tiles and icons.
_LEAST_BYTES = 20_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Download, unpack, and lay out; 2 and a sentence where that can't be."""
    parser = argparse.ArgumentParser(
        prog="gather_foreign.py",
        description="Make a folder of pictures that show no lesion, with sources.csv, out of "
        "Debian's packages of free drawings and photographs. Needs apt-get and dpkg-deb.",
    )
    parser.add_argument("out", type=Path, help="a folder that is not there yet")
    out = parser.parse_args(arguments).out
    if missing := [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]:
        print(f"gather_foreign.py: {missing[0]} is missing: this needs Debian or Ubuntu")
        return 2
    if out.exists():
        print(f"gather_foreign.py: {out} is there already")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        try:
            unpack(Path(folder))
            # Made beside its place: one that is half full would pass for a whole one later.
            out.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as partial:
                found = lay_out(Path(partial) / out.name, Path(folder))
                (Path(partial) / out.name).rename(out)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"gather_foreign.py: {error}")
            return 2
    print(f"{sum(found.values())} pictures of {len(found)} kinds in {out}")
    return 0


def unpack(folder: Path) -> None:
    """Download the packages and unpack each into a folder of its name."""
    for package in LICENCES:
        print(f"downloading {package}", file=sys.stderr)
        subprocess.run(  # noqa: S603 - no shell, and names of our own
            ["apt-get", "download", "-q", package],  # noqa: S607 - the system's
            cwd=folder,
            check=True,
        )
        (archive,) = folder.glob(f"{package}_*.deb")
        command = ["dpkg-deb", "-x", str(archive), str(folder / package)]
        subprocess.run(command, check=True)  # noqa: S603 - likewise
        archive.unlink()


def lay_out(out: Path, unpacked: Path) -> Counter[str]:
    """Write ``images/`` and ``sources.csv`` from unpacked packages; returns pictures by kind.

    What is transparent is laid on white; no side is longer than the dermoscopic images' longer one.
    Files that can't be decoded are left out, and pictures too small for the app, or blank.  Raises
    ``OSError``.
    """
    (out / "images").mkdir(parents=True)
    rows: list[tuple[str, str, str]] = []
    for kind, path, package in _pictures(unpacked):
        try:
            picture = open_image(path)
        except LabelsUnreadable as error:
            if not isinstance(error.__cause__, PhotoTooSmall):
                print(f"left out, as it can't be decoded: {error}", file=sys.stderr)
            continue
        picture.thumbnail((SIZE_PX[0], SIZE_PX[0]))
        if min(picture.size) < _LEAST_SIDE_PX or _is_blank(picture):
            continue
        name = f"{kind}__{len(rows):04d}__{path.stem}.jpg"
        picture.save(out / "images" / name, quality=92)
        rows.append((name, kind, LICENCES[package]))
    with (out / "sources.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([("file", "category", "license"), *rows])
    return Counter(kind for _, kind, _ in rows)


def _pictures(unpacked: Path) -> Iterator[tuple[str, Path, str]]:
    """Kind, file and package of all that is taken, in an order that is always the same."""
    for package in LICENCES:
        for path in sorted((unpacked / package).rglob("*")):
            if path.suffix.lower() not in _SUFFIXES or path.is_symlink():
                continue
            inside = path.relative_to(unpacked / package)
            if package == STAMPS:
                kind = _kind_of_stamp(inside)
                if kind and not path.stem.endswith(_TURNED):
                    yield kind, path, package
            elif path.stat().st_size >= _LEAST_BYTES and _is_taken_once(inside):
                yield "wallpaper", path, package


def _kind_of_stamp(inside: Path) -> str:
    """The folder below ``stamps/``; empty for a file that is none of these."""
    _, stamps, below = inside.as_posix().partition("/stamps/")
    if not stamps or "/" not in below:
        return ""
    folder = below.split("/")[0]
    return f"clip_art_{folder.replace('naturalforces', 'natural_forces')}"


def _is_taken_once(inside: Path) -> bool:
    """Plasma keeps each background in many sizes, and a small picture of it for its menu."""
    return "contents" not in inside.parts or inside.stem == "screenshot"


def _is_blank(picture: Image.Image) -> bool:
    """White signs, to be laid on something darker."""
    return int(np.asarray(picture).min()) > _NEARLY_WHITE
