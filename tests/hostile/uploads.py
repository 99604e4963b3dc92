"""Uploads that mean harm, made from a seed: the same number gives the same file every time."""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from tests.hostile.mutations import mutated
from tests.intake.files import a_lesion, as_file
from tests.intake.test_bombs import (
    a_png,
    a_png_that_inflates,
    a_progressive_jpeg,
    a_tiff,
    a_tiff_with_a_tile,
    a_tiff_with_strips,
    png_chunk,
)

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF")
SIDE_PX = 50_000
BOUNDARY = "----hostile"
NAMES = (
    "../../../../etc/passwd",
    "..\\..\\windows\\system32\\drivers\\etc\\hosts",
    "/dev/sda",
    "con.jpg",
    "a\0b.jpg",
    "a\r\nSet-Cookie: owner=x.jpg",
    "\x1b[2J\x07.jpg",
    "<img src=x onerror=alert(1)>.jpg",
    "{{ 7 * 7 }}.jpg",
    "'; DROP TABLE cases; --.jpg",
    "%s%n%x.jpg",
    "\u202egpj.exe",
    "a" * 1500 + ".jpg",
    ".",
    "",
)


@dataclass(frozen=True)
class HostileUpload:
    """A file as a client would send it."""

    kind: str
    name: str
    data: bytes


@functools.cache
def small(format_name: str) -> bytes:
    """A valid photo that is quickly read."""
    return as_file(a_lesion(160, 130), format_name)


def _mutated(format_name: str) -> Callable[[random.Random], bytes]:
    return lambda chance: mutated(small(format_name), chance)


def _renamed(chance: random.Random) -> bytes:
    """A format with the beginning of another."""
    one, other = chance.sample(FORMATS, 2)
    head = chance.choice([2, 4, 8, 12])
    return small(one)[:head] + small(other)[head:]


def _polyglot(chance: random.Random) -> bytes:
    """A photo that is a page, a program or an archive as well."""
    photo = small(chance.choice(FORMATS))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../../escape.txt", "out of the folder")
    tails = [
        archive.getvalue(),
        b"<script>alert(1)</script>",
        b"<?php system($_GET[0]); ?>",
        b"%PDF-1.7\n1 0 obj\n",
        b"MZ\x90\0" + bytes(200),
    ]
    heads = [b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"PK\3\4", b"#!/bin/sh\n"]
    return chance.choice([photo + chance.choice(tails), chance.choice(heads) + photo])


def _flood(chance: random.Random) -> bytes:
    """A header that announces 50,000 x 50,000 pixels."""
    webp = bytearray(as_file(a_lesion(160, 130), "WEBP", lossless=True, exif=b"Exif\0\0MM\0*"))
    webp[24:30] = (SIDE_PX - 1).to_bytes(3, "little") * 2
    tiff = a_tiff((259, 3, 1, 1), (273, 4, 1, 200))
    tiff = tiff.replace(struct.pack("<I", 4000), struct.pack("<I", SIDE_PX))
    heif = small("HEIF").replace(struct.pack(">II", 160, 130), struct.pack(">II", SIDE_PX, SIDE_PX))
    jpeg = small("JPEG").replace(struct.pack(">HH", 130, 160), struct.pack(">HH", SIDE_PX, SIDE_PX))
    bmp = bytearray(as_file(a_lesion(160, 130), "BMP"))
    bmp[18:26] = struct.pack("<ii", SIDE_PX, SIDE_PX)
    png = a_png(SIDE_PX, SIDE_PX, png_chunk(b"IDAT", zlib.compress(bytes(1000))))
    return bytes(chance.choice([webp, tiff, heif, jpeg, bmp, png]))


@functools.cache
def _zeros(megabytes: int) -> bytes:
    return zlib.compress(bytes(megabytes * 1_000_000), 9)


def _inflating(chance: random.Random) -> bytes:
    """Chunks that are small packed and enormous unpacked."""
    body = _zeros(100)
    choices = [
        lambda: a_png_that_inflates(b"iCCP", b"a\0\0"),
        lambda: a_png_that_inflates(b"iTXt", b"a\0\1\0\0\0"),
        lambda: a_png_that_inflates(b"zTXt", b"a\0\0"),
        lambda: a_png(300, 300, *[png_chunk(b"zTXt", b"a\0\0" + body)] * 40),
        lambda: a_png(300, 300, png_chunk(b"IDAT", body)),
        lambda: a_tiff_with_a_tile(65_520),
    ]
    return chance.choice(choices)()


@functools.cache
def _many_frames(format_name: str, frames: int) -> bytes:
    first, *more = (Image.new("RGB", (140, 140), (i % 256, 90, 60)) for i in range(frames))
    return as_file(first, format_name, save_all=True, append_images=more)


def _endless(chance: random.Random) -> bytes:
    """Frames, scans or strips without end; a TIFF whose next page is the first one again."""
    loop = bytearray(small("TIFF"))
    (start,) = struct.unpack_from("<I", loop, 4)
    (entries,) = struct.unpack_from("<H", loop, start)
    struct.pack_into("<I", loop, start + 2 + 12 * entries, start)
    choices = [
        lambda: _many_frames("WEBP", 60),
        lambda: _many_frames("TIFF", 60),
        lambda: _many_frames("PNG", 60),
        lambda: _many_frames("MPO", 20),
        lambda: bytes(loop),
        lambda: a_progressive_jpeg(2000),
        lambda: a_tiff_with_strips(500_000, 4)[:200_000],
    ]
    return chance.choice(choices)()


def _metadata(chance: random.Random) -> bytes:
    """Metadata by the megabyte, or that points at itself."""
    huge = Image.Exif()
    huge[0x010E] = "x" * 60_000
    circle = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x87\x69\0\4\0\0\0\1\0\0\0\x08\0\0\0\0"
    segment = b"\xff\xe1" + struct.pack(">H", 65_535) + b"Exif\0\0" + bytes(65_527)
    picture = a_lesion(160, 130)
    choices = [
        lambda: as_file(picture, "JPEG", exif=huge.tobytes()),
        lambda: small("JPEG")[:2] + segment * 30 + small("JPEG")[2:],
        lambda: as_file(picture, "PNG", exif=circle[6:]),
        lambda: as_file(picture, "WEBP", exif=circle),
        lambda: as_file(picture, "JPEG", icc_profile=chance.randbytes(300_000)),
        lambda: as_file(picture, "TIFF", tiffinfo={270: "x" * 2_000_000}),
    ]
    return chance.choice(choices)()


def _harmless(chance: random.Random) -> bytes:
    return small(chance.choice(FORMATS))


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    **{f"mutated {name}": _mutated(name) for name in FORMATS},
    "one format dressed as another": _renamed,
    "polyglot": _polyglot,
    "pixel flood": _flood,
    "inflating chunk": _inflating,
    "endless frames": _endless,
    "huge metadata": _metadata,
    "harmless, with a hostile name": _harmless,
}
# Mutations find what nobody thought of, so there are most of them; bombs cost a second each.
_WEIGHTS = {name: 12 if name.startswith("mutated") else 4 for name in KINDS}
_WEIGHTS["inflating chunk"] = 1


def form_body(upload: HostileUpload, token: str) -> bytes:
    """The form as an attacker writes it: the name as it is, no byte of it escaped."""
    name = upload.name.encode()
    return b"".join(
        [
            f"--{BOUNDARY}\r\n".encode(),
            b'Content-Disposition: form-data; name="csrf_token"\r\n\r\n',
            f"{token}\r\n--{BOUNDARY}\r\n".encode(),
            b'Content-Disposition: form-data; name="photo"; filename="' + name + b'"\r\n\r\n',
            upload.data,
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        ]
    )


def of_kind(kind: str, number: int) -> HostileUpload:
    """The upload with this number."""
    chance = random.Random(f"{kind} {number}")
    return HostileUpload(kind, chance.choice(NAMES), KINDS[kind](chance))


def hostile_uploads(count: int, seed: int = 0) -> Iterator[HostileUpload]:
    """A mix of all kinds."""
    chance = random.Random(seed)
    kinds = chance.choices(list(KINDS), weights=[_WEIGHTS[kind] for kind in KINDS], k=count)
    for number, kind in enumerate(kinds):
        yield of_kind(kind, number)
