from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngImageFile

from skinapp.domain.errors import (
    PhotoDamaged,
    PhotoEmpty,
    PhotoFormatUnknown,
    PhotoHasSeveralFrames,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooNarrow,
    PhotoTooSmall,
)
from skinapp.domain.photo import Photo, PhotoLimits
from skinapp.intake.decode import decode_photo
from skinapp.synthetic import draw_lesion, lesion_jpeg
from tests.intake.files import FORMATS, LIMITS, a_file, a_lesion, as_file, held_for

TINY = PhotoLimits(max_upload_bytes=1_000_000, max_megapixels=0.05, min_side_px=1, kept_side_px=320)


def pixels(photo: Photo) -> np.ndarray:
    return np.frombuffer(photo.rgb, np.uint8).reshape(photo.height_px, photo.width_px, 3)


def difference(photo: Photo, image: Image.Image) -> float:
    return float(np.abs(pixels(photo).astype(int) - np.asarray(image, int)).mean())


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_accepted_format_gives_the_same_picture(format_name):
    photo = decode_photo(a_file(format_name), LIMITS)
    assert difference(photo, a_lesion()) < 3


@pytest.mark.parametrize("format_name", FORMATS)
def test_photo_knows_its_format_and_its_size_before_and_after(format_name):
    photo = decode_photo(a_file(format_name), LIMITS)
    assert photo.source_format == format_name
    assert (photo.width_px, photo.height_px) == (320, 240)
    assert (photo.source_width_px, photo.source_height_px) == (320, 240)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_all_orientations_give_the_same_upright_photo(format_name, orientation):
    upright = a_lesion()
    held = held_for(upright, orientation)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    photo = decode_photo(as_file(held, format_name, exif=exif.tobytes()), LIMITS)
    assert (photo.source_width_px, photo.source_height_px) == (320, 240)
    assert difference(photo, upright) < 4


def test_orientation_of_a_compressed_tiff_is_applied_once():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    held = a_lesion().transpose(Image.Transpose.ROTATE_90)
    photo = decode_photo(as_file(held, "TIFF", exif=exif, compression="tiff_lzw"), LIMITS)
    assert difference(photo, a_lesion()) == 0


def test_broken_exif_does_not_cost_the_photo():
    photo = decode_photo(as_file(a_lesion(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), LIMITS)
    assert photo.width_px == 320


def test_multi_picture_jpeg_of_a_phone_shows_its_first_picture():
    second = Image.new("RGB", (320, 240), "blue")
    data = as_file(a_lesion(), "MPO", save_all=True, append_images=[second])
    photo = decode_photo(data, LIMITS)
    assert photo.source_format == "JPEG"
    assert difference(photo, a_lesion()) < 4


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF", "HEIF"])
def test_several_frames_are_refused(format_name):
    second = Image.new("RGB", (320, 240), "blue")
    data = as_file(a_lesion(), format_name, save_all=True, append_images=[second])
    with pytest.raises(PhotoHasSeveralFrames):
        decode_photo(data, LIMITS)


def test_empty_file_is_refused():
    with pytest.raises(PhotoEmpty):
        decode_photo(b"", LIMITS)


def test_too_many_bytes_are_refused_before_anything_is_read():
    with pytest.raises(PhotoTooLarge) as caught:
        decode_photo(b"not even a photo", PhotoLimits(15, 64, 128, 1600))
    assert caught.value == PhotoTooLarge(size_bytes=16, maximum_bytes=15)


@pytest.mark.parametrize(
    "data",
    [b"hello", b"%PDF-1.7 ...", b"GIF89a" + bytes(100), b"<svg></svg>", b"RIFF\0\0\0\0AVI LIST"],
)
def test_other_formats_are_refused(data):
    with pytest.raises(PhotoFormatUnknown):
        decode_photo(data, LIMITS)


def test_real_gif_is_refused():
    with pytest.raises(PhotoFormatUnknown):
        decode_photo(as_file(a_lesion(), "GIF"), LIMITS)


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("share", [0.01, 0.5, 0.9])
def test_truncated_photo_is_refused(format_name, share):
    data = a_file(format_name)
    with pytest.raises(PhotoDamaged):
        decode_photo(data[: max(20, int(len(data) * share))], LIMITS)


def test_small_photo_is_refused_with_its_size():
    with pytest.raises(PhotoTooSmall) as caught:
        decode_photo(as_file(a_lesion(200, 127), "PNG"), LIMITS)
    assert caught.value == PhotoTooSmall(width_px=200, height_px=127, minimum_px=128)


def test_strip_of_which_nothing_would_be_left_is_refused():
    with pytest.raises(PhotoTooNarrow) as caught:
        decode_photo(as_file(Image.new("RGB", (20_000, 130)), "PNG"), LIMITS)
    assert (caught.value.width_px, caught.value.height_px) == (20_000, 130)


@pytest.mark.parametrize("format_name", FORMATS)
def test_too_many_pixels_are_refused(format_name):
    with pytest.raises(PhotoTooManyPixels) as caught:
        decode_photo(a_file(format_name), TINY)
    assert caught.value == PhotoTooManyPixels(megapixels=0.0768, maximum_megapixels=0.05)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_large_photo_is_shrunk_to_what_is_kept(format_name):
    image = draw_lesion(width_px=1500, height_px=2000)
    photo = decode_photo(as_file(image, format_name), LIMITS)
    assert 1600 * 0.6 <= photo.height_px <= 1600
    assert photo.width_px == pytest.approx(photo.height_px * 0.75, abs=1)
    assert (photo.source_width_px, photo.source_height_px) == (1500, 2000)


def model_input(image: Image.Image) -> np.ndarray:
    """What a network of 380 pixels is shown, as scaled by Pillow."""
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((380, 380), Image.Resampling.BILINEAR, box=box), int)


@pytest.fixture(scope="module")
def twelve_megapixels() -> bytes:
    return lesion_jpeg("melanoma", seed=4, width_px=4000, height_px=3000, hairs=True, quality=92)


def test_reduced_decoding_does_not_visibly_change_the_model_input(twelve_megapixels):
    photo = decode_photo(twelve_megapixels, LIMITS)
    reduced = Image.frombytes("RGB", (photo.width_px, photo.height_px), photo.rgb)
    with Image.open(io.BytesIO(twelve_megapixels)) as full:
        off = np.abs(model_input(reduced) - model_input(full))
    assert off.mean() < 1
    assert np.percentile(off, 99.9) < 10


def test_large_jpeg_is_decoded_at_a_quarter_of_its_scale(twelve_megapixels):
    photo = decode_photo(twelve_megapixels, LIMITS)
    assert (photo.width_px, photo.height_px) == (1000, 750)


def test_threads_do_not_disturb_each_other():
    files = [a_file(name) for name in FORMATS] * 4
    alone = [decode_photo(data, LIMITS) for data in files]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda data: decode_photo(data, LIMITS), files)) == alone


def test_large_photos_that_come_together_are_all_decoded():
    limits = replace(LIMITS, max_megapixels=30)
    data = as_file(Image.new("RGB", (5000, 4000), (200, 150, 130)), "JPEG", progressive=True)
    with ThreadPoolExecutor(4) as pool:
        photos = list(pool.map(lambda _: decode_photo(data, limits), range(4)))
    assert {photo.source_width_px for photo in photos} == {5000}


def test_size_that_shows_only_after_decoding_is_checked_as_well(monkeypatch):
    # Some HEIF files say one size in the header and hold another.
    def load_more(image):
        image._size = (9000, 9000)

    monkeypatch.setattr(PngImageFile, "load", load_more)
    with pytest.raises(PhotoTooManyPixels):
        decode_photo(a_file("PNG"), LIMITS)
