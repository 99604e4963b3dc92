"""Small files that would cost much memory or time, told from their headers before decoding.

The pixel limit catches the usual bomb.  Here are those that slip past it, because the cost arises
before Pillow knows the size, or does not depend on the size.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from skinapp.domain.errors import PhotoDamaged, PhotoFormatUnknown, PhotoTooManyPixels
from skinapp.domain.photo import PhotoLimits

# Pillow makes a Python object of every number and of every piece of a file that it reads, pixels
# apart.  Cameras write some tens of kilobytes of Exif, and pieces of some kilobytes.
MAX_EXIF_BYTES = 256_000
_MAX_JPEG_SEGMENTS = 4_096
_MAX_PNG_CHUNKS = 100_000
_JPEG_APP1, _EXIF_PREFIX = 0xE1, b"Exif\x00\x00"
_PNG_SIGNATURE_BYTES, _PNG_CHUNK_FRAME_BYTES = 8, 12

# A progressive JPEG has about ten scans.  Each one goes over the whole picture and can be a
# hundred bytes long, so that thousands of them keep a decoder busy for an hour.
_MAX_JPEG_SCANS = 64
_NEXT_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_SCAN_PAIR = int.from_bytes(b"\xff\xda", "little")
_WITHOUT_LENGTH = {0x01, 0xD8}

# The decoder for WebP holds two canvases and two copies of the result, 16 bytes a pixel.
MAX_WEBP_MEGAPIXELS = 48.0

# 64 megapixels in tiles of 64 x 64 need 16,000 offsets; a 25 MB file could list twenty million.
_MAX_TIFF_NUMBERS = 100_000
_TIFF_BYTE_TYPES = {1, 2, 6, 7}
_TIFF_LONG = 4
_TIFF_TILE_WIDTH, _TIFF_TILE_HEIGHT = 322, 323
# Where the directories of Exif, GPS and interoperability lie, the last one behind the first.
_TIFF_POINTERS = {34665, 34853, 40965}
_MAX_TIFF_DIRECTORIES = 8
# Layout (offsets, byte counts, bits, extra samples, sample format) and colour map: always read.
_TIFF_LAYOUT_TAGS = {258, 273, 279, 320, 324, 325, 338, 339}

_BMP_HEADER_WITH_COMPRESSION = 40
_BMP_RUN_LENGTH = {1, 2}


def check_cheap_to_open(data: bytes, format_name: str, limits: PhotoLimits) -> None:
    """Refuse what would be expensive to open.

    Raises PhotoDamaged, PhotoFormatUnknown or PhotoTooManyPixels.
    """
    match format_name:
        case "WEBP":
            _check_webp_canvas(data, limits)
        case "TIFF":
            _check_tiff_tags(data, limits)
        case "JPEG":
            _check_jpeg_segments(data)
            _check_jpeg_scans(data)
        case "PNG":
            _check_png_chunks(data)
        case "BMP":
            _check_bmp_compression(data)


def check_pixels(width_px: int, height_px: int, limits: PhotoLimits) -> None:
    """Raise PhotoTooManyPixels above the limit."""
    megapixels = width_px * height_px / 1e6
    if megapixels > limits.max_megapixels:
        raise PhotoTooManyPixels(megapixels=megapixels, maximum_megapixels=limits.max_megapixels)


def _check_webp_canvas(data: bytes, limits: PhotoLimits) -> None:
    most = min(limits.max_megapixels, MAX_WEBP_MEGAPIXELS)
    check_pixels(*_webp_canvas(data), replace(limits, max_megapixels=most))


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """Size of the canvas, which Pillow allocates when it opens the file; (0, 0): not readable."""

    def number(start: int, stop: int) -> int:
        return int.from_bytes(data[start:stop], "little")

    match data[12:16]:
        case b"VP8X":
            return number(24, 27) + 1, number(27, 30) + 1
        case b"VP8L":
            return (number(21, 25) & 0x3FFF) + 1, (number(21, 25) >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return number(26, 28) & 0x3FFF, number(28, 30) & 0x3FFF
    return 0, 0


def _check_tiff_tags(data: bytes, limits: PhotoLimits) -> None:
    """Look at the first directory; a file with more of them is refused anyway."""
    order = "<" if data.startswith(b"II") else ">"
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        tags = _tiff_directory(data, order, start)
    except struct.error as error:
        raise PhotoDamaged from error
    _check_tiff_metadata(data, order, tags)
    tile = {_TIFF_TILE_WIDTH: 0, _TIFF_TILE_HEIGHT: 0}
    for tag, kind, count, value in tags:
        is_list = tag in _TIFF_LAYOUT_TAGS or kind not in _TIFF_BYTE_TYPES
        if is_list and count > _MAX_TIFF_NUMBERS:
            raise PhotoDamaged
        if tag in tile:
            (tile[tag],) = (
                struct.unpack(order + "I", value)
                if kind == _TIFF_LONG
                else (struct.unpack(order + "H2x", value))
            )
    # One tile is unpacked as a whole, however small the picture is that it is a part of.
    check_pixels(tile[_TIFF_TILE_WIDTH], tile[_TIFF_TILE_HEIGHT], limits)


def _tiff_directory(data: bytes, order: str, start: int) -> list[tuple[int, int, int, bytes]]:
    """Tag, type, count and value or offset of each entry.  Raises :class:`struct.error`."""
    (entries,) = struct.unpack_from(order + "H", data, start)
    return [struct.unpack_from(order + "HHI4s", data, start + 2 + 12 * i) for i in range(entries)]


def _check_tiff_metadata(
    data: bytes, order: str, tags: Sequence[tuple[int, int, int, bytes]]
) -> None:
    """Look at the directories behind the first one; one that can't be read costs nothing."""
    waiting = [value for tag, _, _, value in tags if tag in _TIFF_POINTERS]
    for _ in range(_MAX_TIFF_DIRECTORIES):
        if not waiting:
            return
        (start,) = struct.unpack(order + "I", waiting.pop())
        with suppress(struct.error):
            for tag, kind, count, value in _tiff_directory(data, order, start):
                if kind not in _TIFF_BYTE_TYPES and count > _MAX_TIFF_NUMBERS:
                    raise PhotoDamaged
                if tag in _TIFF_POINTERS:
                    waiting.append(value)
    raise PhotoDamaged


def _check_png_chunks(data: bytes) -> None:
    position, chunks = _PNG_SIGNATURE_BYTES, 0
    while position < len(data):
        chunks += 1
        if chunks > _MAX_PNG_CHUNKS:
            raise PhotoDamaged
        position += _PNG_CHUNK_FRAME_BYTES + int.from_bytes(data[position : position + 4])


def _check_jpeg_segments(data: bytes) -> None:
    """Look at what stands before the picture itself."""
    exif_bytes = 0
    for segments, (marker, start, length) in enumerate(_jpeg_segments(data), start=1):
        if marker == _START_OF_SCAN:
            return
        if marker == _JPEG_APP1 and data.startswith(_EXIF_PREFIX, start + 2):
            exif_bytes += length
        if segments > _MAX_JPEG_SEGMENTS or exif_bytes > MAX_EXIF_BYTES:
            raise PhotoDamaged


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker of each segment, where its length stands, and that length; 0 where it has none."""
    found = _NEXT_MARKER.search(data, 2)
    while found is not None:
        marker, start = found[1][0], found.end()
        length = 0 if marker in _WITHOUT_LENGTH else int.from_bytes(data[start : start + 2])
        yield marker, start, length
        found = _NEXT_MARKER.search(data, start + length)


def _check_jpeg_scans(data: bytes) -> None:
    # An upper bound first: it is exact but for thumbnails and whatever phones append to a JPEG.
    if _most_jpeg_scans(data) > _MAX_JPEG_SCANS and _jpeg_scans(data) > _MAX_JPEG_SCANS:
        raise PhotoDamaged


def _most_jpeg_scans(data: bytes) -> int:
    """Count the markers that begin a scan, wherever they stand.

    ``bytes.count`` would take ten times as long, a twelfth of the time of decoding: this reads
    pairs of bytes, those that begin at even places and those between.
    """
    pairs = [np.frombuffer(data, "<u2", (len(data) - start) // 2, start) for start in (0, 1)]
    return sum(int(np.count_nonzero(some == _SCAN_PAIR)) for some in pairs)


def _jpeg_scans(data: bytes) -> int:
    """Count the scans of the first picture in the file, as far as the count matters."""
    scans = 0
    for marker, _, _ in _jpeg_segments(data):
        if marker == _END_OF_IMAGE or scans > _MAX_JPEG_SCANS:
            break
        scans += marker == _START_OF_SCAN
    return scans


def _check_bmp_compression(data: bytes) -> None:
    header_bytes = int.from_bytes(data[14:18], "little")
    compression = int.from_bytes(data[30:34], "little")
    if header_bytes >= _BMP_HEADER_WITH_COMPRESSION and compression in _BMP_RUN_LENGTH:
        # Unpacked by a loop in Python, byte by byte; photos are never stored this way.
        raise PhotoFormatUnknown
