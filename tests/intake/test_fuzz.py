"""Whatever comes in: a valid photo or a refusal comes out, never anything else."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skinapp.domain.errors import PhotoRefused
from skinapp.domain.photo import Photo
from skinapp.intake.decode import decode_photo
from skinapp.intake.encode import encode_jpeg
from skinapp.intake.quality import find_problems
from tests.intake.files import FORMATS, LIMITS, a_lesion, as_file

# A file of 10 kB has to be dealt with at once, on any machine.
HANGS_AFTER_S = 5.0

MAGIC = (
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\1\0\0WEBPVP8X",
    b"RIFF\0\1\0\0WEBPVP8L",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"BM",
    b"\0\0\0\x18ftypheic",
    b"\0\0\0\x18ftypmif1",
)

# With the parts in which the parsers live: metadata, profile, alpha, palette, compression.
FILES = {
    "JPEG": as_file(a_lesion(160, 130), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3"),
    "progressive JPEG": as_file(a_lesion(160, 130), "JPEG", progressive=True, quality=40),
    "CMYK JPEG": as_file(a_lesion(160, 130).convert("CMYK"), "JPEG"),
    "MPO": as_file(a_lesion(160, 130), "MPO", save_all=True, append_images=[a_lesion(160, 130)]),
    "PNG": as_file(a_lesion(160, 130).convert("RGBA"), "PNG"),
    "palette PNG": as_file(a_lesion(160, 130).quantize(16), "PNG", transparency=3),
    "WEBP": as_file(a_lesion(160, 130).convert("RGBA"), "WEBP"),
    "TIFF": as_file(a_lesion(160, 130), "TIFF"),
    "LZW TIFF": as_file(a_lesion(160, 130), "TIFF", compression="tiff_lzw"),
    "JPEG TIFF": as_file(a_lesion(160, 130), "TIFF", compression="jpeg"),
    "LAB TIFF": as_file(a_lesion(160, 130).convert("LAB"), "TIFF"),
    "BMP": as_file(a_lesion(160, 130), "BMP"),
    "palette BMP": as_file(a_lesion(160, 130).quantize(16), "BMP"),
    "HEIF": as_file(a_lesion(160, 130), "HEIF"),
}
# Headers are where a flipped bit leads to other code.
HEADER_BYTES = 700

unhurried = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def broken_promises(data: bytes) -> list[str]:
    """What the door promises of any file and did not keep; an error but a refusal is raised."""
    start = time.thread_time()
    try:
        broken = faults_of(decode_photo(data, LIMITS))
    except PhotoRefused:
        broken = []
    if time.thread_time() - start >= HANGS_AFTER_S:
        broken.append("it takes no time to speak of")
    return broken


def faults_of(photo: Photo) -> list[str]:
    find_problems(photo, model_input_px=380)
    longer_px = max(photo.width_px, photo.height_px)
    promises = {
        "every pixel is there": len(photo.rgb) == photo.width_px * photo.height_px * 3,
        "it has the size that is kept": 0 < longer_px <= LIMITS.kept_side_px,
        "its format is an allowed one": photo.source_format in FORMATS,
        "it can be written": encode_jpeg(photo).startswith(b"\xff\xd8"),
    }
    return [promise for promise, is_kept in promises.items() if not is_kept]


@pytest.mark.parametrize("name", FILES)
@given(st.data())
@unhurried
def test_flipped_bits_do_no_harm(name, draw):
    data = bytearray(FILES[name])
    last = draw.draw(st.sampled_from([min(HEADER_BYTES, len(data)), len(data)])) - 1
    for _ in range(draw.draw(st.integers(1, 6))):
        position = draw.draw(st.integers(0, last))
        data[position] ^= 1 << draw.draw(st.integers(0, 7))
    assert broken_promises(bytes(data)) == []


@pytest.mark.parametrize("name", FILES)
@given(st.data())
@unhurried
def test_extreme_numbers_do_no_harm(name, draw):
    data = bytearray(FILES[name])
    position = draw.draw(st.integers(0, min(HEADER_BYTES, len(data)) - 4))
    extremes = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\1\0\1", b"\xff\xff"]
    number = draw.draw(st.sampled_from(extremes))
    data[position : position + len(number)] = number
    assert broken_promises(bytes(data)) == []


@pytest.mark.parametrize("name", FILES)
@given(st.data())
@settings(unhurried, max_examples=25)
def test_lost_and_repeated_parts_do_no_harm(name, draw):
    data = FILES[name]
    start = draw.draw(st.integers(0, len(data)))
    stop = draw.draw(st.integers(0, len(data)))
    assert broken_promises(data[:start] + data[stop:]) == []


@given(st.sampled_from(MAGIC), st.binary(max_size=600))
@settings(unhurried, max_examples=400)
def test_random_bytes_behind_a_known_beginning_do_no_harm(magic, rest):
    assert broken_promises(magic + rest) == []


@given(st.binary(max_size=600))
@unhurried
def test_random_bytes_do_no_harm(data):
    assert broken_promises(data) == []


@given(st.sampled_from(MAGIC), st.sampled_from(sorted(FILES)))
@settings(unhurried, max_examples=80)
def test_one_format_dressed_as_another_does_no_harm(magic, name):
    assert broken_promises(magic + FILES[name][len(magic) :]) == []
