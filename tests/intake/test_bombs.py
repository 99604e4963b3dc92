from __future__ import annotations

import functools
import pickle
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PIL import Image

from skinapp.domain.errors import PhotoDamaged, PhotoTooManyPixels
from skinapp.intake.bombs import check_cheap_to_open
from skinapp.intake.decode import decode_photo
from tests.intake.files import LIMITS, a_file, a_lesion, as_file

# Decodes files in a process of its own, one after the other, and prints for each what came of it,
# the seconds of processor time, and the most memory (kB) that the process has held until then.
MEASURE = """
import pathlib, pickle, re, sys, time
from skinapp.domain.errors import PhotoRefused
from skinapp.domain.photo import PhotoLimits
from skinapp.intake.decode import decode_photo
for data in pickle.load(sys.stdin.buffer):
    start = time.process_time()
    try:
        decode_photo(data, PhotoLimits(25_000_000, 64, 128, 1600))
        outcome = "Photo"
    except PhotoRefused as error:
        outcome = type(error).__name__
    seconds = time.process_time() - start
    peak = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
    print(outcome, seconds, peak)
"""


@dataclass(frozen=True)
class Cost:
    outcome: str
    seconds: float
    peak_megabytes: float


def costs(files: list[bytes]) -> list[Cost]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=pickle.dumps(files),
        capture_output=True,
        timeout=120,
        check=True,
    )
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    return [Cost(outcome, float(cpu), int(kb) / 1000) for outcome, cpu, kb in lines]


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def a_png(width_px: int, height_px: int, *chunks: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return b"".join((b"\x89PNG\r\n\x1a\n", png_chunk(b"IHDR", header), *chunks))


def a_tiff(*entries: tuple[int, int, int, int], tail: bytes = b"") -> bytes:
    """A grey TIFF of 4000 x 4000; entries are tag, type, count, and value or offset."""
    grey = ((256, 4, 1, 4000), (257, 4, 1, 4000), (258, 3, 1, 8), (262, 3, 1, 1))
    tags = sorted(grey + entries)
    directory = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + bytes(4) + tail


def a_progressive_jpeg(more_scans: int) -> bytes:
    """A JPEG whose last scan is sent again and again."""
    data = as_file(Image.new("L", (2000, 2000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * more_scans + data[-2:]


def a_webp_that_claims(width_px: int, height_px: int) -> bytes:
    data = bytearray(as_file(a_lesion(), "WEBP", lossless=True, exif=b"Exif\0\0MM\0*\0\0\0\x08"))
    assert data[12:16] == b"VP8X"
    data[24:27] = (width_px - 1).to_bytes(3, "little")
    data[27:30] = (height_px - 1).to_bytes(3, "little")
    return bytes(data)


def a_run_length_bmp() -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, 8000, 8000, 1, 8, 1, 0, 0, 0, 256, 0)
    rows = b"\1\0" * 2_000_000
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 1078) + header + bytes(1024) + rows


@functools.cache
def many_zeros() -> bytes:
    return zlib.compress(bytes(100_000_000), 1)


def a_png_that_inflates(chunk: bytes, head: bytes) -> bytes:
    return a_png(300, 300, png_chunk(chunk, head + many_zeros()))


def a_tiff_with_a_tile(side_px: int) -> bytes:
    tile = ((322, 4, 1, side_px), (323, 4, 1, side_px), (324, 4, 1, 200), (325, 4, 1, 400_000))
    return a_tiff((259, 3, 1, 8), *tile, tail=bytes(200) + many_zeros())


def a_tiff_with_strips(count: int, kind: int) -> bytes:
    return a_tiff((259, 3, 1, 1), (273, kind, count, 200), tail=bytes(20_000_000))


def a_jpeg_of_four_gigapixels() -> bytes:
    return a_file("JPEG").replace(struct.pack(">HH", 240, 320), b"\xff\xff\xff\xff", 1)


def a_tiff_of_many_samples() -> bytes:
    return a_tiff((259, 3, 1, 1), (277, 4, 1, 4_000_000_000), (273, 4, 1, 200))


def numbers_for_an_orientation(count: int) -> bytes:
    """Exif whose orientation is a list of rationals."""
    directory = struct.pack("<HHHIII", 1, 274, 5, count, 26, 0)
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(8 * count)


def a_png_with_numbers() -> bytes:
    lesion = as_file(a_lesion(), "PNG")
    after_header = 8 + 25
    exif = png_chunk(b"eXIf", numbers_for_an_orientation(3_000_000))
    return lesion[:after_header] + exif + lesion[after_header:]


def a_png_in_pieces() -> bytes:
    lesion = as_file(a_lesion(), "PNG")
    return lesion[:33] + png_chunk(b"prVt", b"") * 2_000_000 + lesion[33:]


def a_jpeg_with_numbers() -> bytes:
    numbers = numbers_for_an_orientation(400_000)
    parts = [numbers[start : start + 65_000] for start in range(0, len(numbers), 65_000)]
    segments = [
        b"\xff\xe1" + struct.pack(">H", len(part) + 8) + b"Exif\0\0" + part for part in parts
    ]
    return a_file("JPEG")[:2] + b"".join(segments) + a_file("JPEG")[2:]


def a_jpeg_in_pieces() -> bytes:
    return a_file("JPEG")[:2] + b"\xff\xfe\0\2" * 6_000_000 + a_file("JPEG")[2:]


def a_tiff_with_numbers_behind(pointer: int) -> bytes:
    start = 8 + 2 + 12 * 5 + 4
    behind = struct.pack("<HHHII", 1, 37380, 5, 400_000, start + 18) + bytes(4)
    return a_tiff((pointer, 4, 1, start), tail=behind + bytes(8 * 400_000))


def a_tiff_of_directories_in_a_circle() -> bytes:
    start = 8 + 2 + 12 * 5 + 4
    return a_tiff((34665, 4, 1, start), tail=struct.pack("<HHHII", 1, 40965, 4, 1, start))


SMALL_BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "PNG of four gigapixels": (
        lambda: a_png(65_535, 65_535, png_chunk(b"IDAT", b"")),
        "PhotoTooManyPixels",
    ),
    "PNG without pixels": (lambda: a_png(7_900, 7_900, png_chunk(b"IDAT", b"")), "PhotoDamaged"),
    "inflating PNG profile": (lambda: a_png_that_inflates(b"iCCP", b"a\0\0"), "PhotoDamaged"),
    "inflating PNG text": (lambda: a_png_that_inflates(b"iTXt", b"a\0\1\0\0\0"), "PhotoDamaged"),
    "JPEG of four gigapixels": (a_jpeg_of_four_gigapixels, "PhotoTooManyPixels"),
    "JPEG of ten thousand scans": (lambda: a_progressive_jpeg(10_000), "PhotoDamaged"),
    "WebP of 268 megapixels": (lambda: a_webp_that_claims(16_384, 16_384), "PhotoTooManyPixels"),
    "WebP larger than its picture": (lambda: a_webp_that_claims(6_000, 6_000), "PhotoDamaged"),
    "TIFF of five million strips": (lambda: a_tiff_with_strips(5_000_000, 4), "PhotoDamaged"),
    "TIFF of 20 million short strips": (lambda: a_tiff_with_strips(20_000_000, 1), "PhotoDamaged"),
    "TIFF with a 4-gigapixel tile": (lambda: a_tiff_with_a_tile(65_520), "PhotoTooManyPixels"),
    "TIFF with a 400-megapixel tile": (lambda: a_tiff_with_a_tile(20_000), "PhotoTooManyPixels"),
    "TIFF of four billion samples": (a_tiff_of_many_samples, "PhotoDamaged"),
    "PNG turned by three million numbers": (a_png_with_numbers, "Photo"),
    "PNG in two million pieces": (a_png_in_pieces, "PhotoDamaged"),
    "JPEG turned by 400,000 numbers": (a_jpeg_with_numbers, "PhotoDamaged"),
    "JPEG in six million pieces": (a_jpeg_in_pieces, "PhotoDamaged"),
    "TIFF with numbers in its Exif": (lambda: a_tiff_with_numbers_behind(34665), "PhotoDamaged"),
    "TIFF with numbers for its place": (lambda: a_tiff_with_numbers_behind(34853), "PhotoDamaged"),
    "TIFF that refers in a circle": (a_tiff_of_directories_in_a_circle, "PhotoDamaged"),
    "BMP in run-length code": (a_run_length_bmp, "PhotoFormatUnknown"),
}


@pytest.fixture(scope="module")
def small_bombs() -> dict[str, Cost]:
    files = [build() for build, _ in SMALL_BOMBS.values()]
    return dict(zip(SMALL_BOMBS, costs(files), strict=True))


@pytest.mark.parametrize("name", SMALL_BOMBS)
def test_small_file_that_costs_much_is_refused(small_bombs, name):
    assert small_bombs[name].outcome == SMALL_BOMBS[name][1]


@pytest.mark.parametrize("name", SMALL_BOMBS)
def test_refusing_a_bomb_costs_little(small_bombs, name):
    assert small_bombs[name].seconds < 1
    assert small_bombs[name].peak_megabytes < 400


def black(format_name: str, mode: str, side_px: int, **options: object) -> bytes:
    return as_file(Image.new(mode, (side_px, side_px)), format_name, **options)


# The costliest kind of each format, as measured; 8000 x 8000 is the limit.
LARGEST = {
    "PNG": lambda: black("PNG", "P", 8000, compress_level=1, transparency=0),
    "JPEG": lambda: black("JPEG", "CMYK", 8000, progressive=True),
    "WEBP": lambda: black("WEBP", "RGBA", 6900, lossless=True, method=0),
    "TIFF": lambda: black("TIFF", "RGBA", 8000, compression="tiff_lzw", tiffinfo={278: 8000}),
}


@pytest.mark.parametrize("format_name", LARGEST)
def test_largest_picture_stays_below_a_gigabyte(format_name):
    (cost,) = costs([LARGEST[format_name]()])
    assert cost.outcome == "Photo"
    assert cost.peak_megabytes < 1000
    assert cost.seconds < 10


def test_webp_has_a_lower_limit_because_its_decoder_holds_four_copies():
    with pytest.raises(PhotoTooManyPixels) as caught:
        decode_photo(a_webp_that_claims(7_000, 7_000), LIMITS)
    assert caught.value.maximum_megapixels == 48


@pytest.mark.parametrize("comment", [b"", b"x"])
def test_scans_count_at_even_and_at_odd_places(comment: bytes):
    few, many = (a_progressive_jpeg(more) for more in (20, 100))
    shift = b"\xff\xfe" + (2 + len(comment)).to_bytes(2) + comment
    check_cheap_to_open(few[:2] + shift + few[2:], "JPEG", LIMITS)
    with pytest.raises(PhotoDamaged):
        check_cheap_to_open(many[:2] + shift + many[2:], "JPEG", LIMITS)


def test_scans_in_what_a_phone_appends_do_not_count():
    photo = decode_photo(a_file("JPEG") + b"\xff\xda" * 1000, LIMITS)
    assert photo.width_px == 320


def test_usual_progressive_jpeg_is_welcome():
    photo = decode_photo(as_file(a_lesion(), "JPEG", progressive=True), LIMITS)
    assert photo.width_px == 320
