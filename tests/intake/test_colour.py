from __future__ import annotations

import functools
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from skinapp.domain.errors import PhotoColoursLost
from skinapp.domain.photo import Photo
from skinapp.intake.decode import decode_photo
from tests.intake.files import LIMITS, a_lesion, as_file

RAMP = np.tile(np.linspace(0, 255, 256).astype(np.uint8), (160, 1))


def shown(data: bytes) -> np.ndarray:
    photo: Photo = decode_photo(data, LIMITS)
    return np.frombuffer(photo.rgb, np.uint8).reshape(photo.height_px, photo.width_px, 3)


def difference(found: np.ndarray, expected: Image.Image | np.ndarray) -> float:
    return float(np.abs(found.astype(int) - np.asarray(expected, int)).mean())


@functools.cache
def swapped_profile() -> bytes:
    """An sRGB profile in which red and blue have changed places: easy to tell from sRGB."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", data, 128)
    for entry in range(132, 132 + 12 * count, 12):
        name = bytes(data[entry : entry + 4])
        data[entry : entry + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)
    return bytes(data).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


def test_grey_becomes_three_equal_channels():
    found = shown(as_file(Image.fromarray(RAMP), "PNG"))
    assert difference(found, np.stack([RAMP] * 3, axis=2)) == 0


def test_black_and_white_becomes_rgb():
    found = shown(as_file(a_lesion().convert("1"), "PNG"))
    assert set(np.unique(found)) == {0, 255}


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_and_not_clipped(format_name):
    deep = Image.fromarray(RAMP.astype(np.uint16) * 257)
    assert difference(shown(as_file(deep, format_name)), np.stack([RAMP] * 3, axis=2)) == 0


def test_12_bits_stored_in_16_use_the_whole_scale():
    deep = Image.fromarray(RAMP.astype(np.uint16) << 4)
    assert difference(shown(as_file(deep, "TIFF")), np.stack([RAMP] * 3, axis=2)) == 0


@pytest.mark.parametrize("photometric", [0, 1])
def test_16_bit_tiff_is_no_negative_whichever_end_it_calls_white(photometric):
    stored = RAMP if photometric == 1 else 255 - RAMP
    deep = Image.fromarray(stored.astype(np.uint16) * 257)
    found = shown(as_file(deep, "TIFF", tiffinfo={262: photometric}))
    assert difference(found, np.stack([RAMP] * 3, axis=-1)) < 1


def test_big_endian_16_bit_tiff_is_read_the_right_way_round():
    deep = Image.frombytes("I;16B", (256, 160), (RAMP.astype(">u2") * 257).tobytes())
    assert difference(shown(as_file(deep, "TIFF")), np.stack([RAMP] * 3, axis=2)) == 0


def test_32_bit_integers_are_scaled():
    deep = Image.fromarray(RAMP.astype(np.int32) * 257)
    assert difference(shown(as_file(deep, "TIFF")), np.stack([RAMP] * 3, axis=2)) == 0


@pytest.mark.parametrize("full_scale", [1, 255, 65535, 1e6])
def test_floats_are_scaled_by_the_next_usual_full_scale(full_scale):
    deep = Image.fromarray((RAMP / 255 * full_scale).astype(np.float32))
    assert difference(shown(as_file(deep, "TIFF")), np.stack([RAMP] * 3, axis=2)) < 0.6


@pytest.mark.parametrize(("dtype", "full_scale"), [(np.float32, 1), (np.int32, 4095)])
def test_glare_in_a_deep_photo_that_is_shrunk_leaves_its_scale_alone(dtype, full_scale):
    """Shrinking makes an edge brighter than white, which was taken for the next full scale."""
    levels = np.full((1400, 1800), 100, np.uint8)
    levels[300:340, 300:340] = 255
    deep = (levels / 255 * full_scale).astype(dtype)
    found = shown(as_file(Image.fromarray(deep), "TIFF"))
    assert max(found.shape) == LIMITS.kept_side_px
    assert abs(found[600, 800].astype(int) - 100).max() <= 1


def test_12_bit_colours_in_16_bits_are_refused_and_not_shown_almost_black():
    deep = (np.asarray(a_lesion(), np.uint16) << 4).tobytes()
    with pytest.raises(PhotoColoursLost):
        decode_photo(colours_of_16_bits(deep), LIMITS)


def test_16_bit_colours_are_read():
    deep = (np.asarray(a_lesion(), np.uint16) * 257).tobytes()
    assert difference(shown(colours_of_16_bits(deep)), a_lesion()) < 1


def colours_of_16_bits(pixels):
    """A TIFF of a lesion's size with 16 bits a colour, which Pillow reads and does not write."""
    width, height = a_lesion().size
    entries = {256: (4, 1, width), 257: (4, 1, height), 258: (3, 3, 0), 259: (3, 1, 1)}
    entries |= {262: (3, 1, 2), 273: (4, 1, 0), 277: (3, 1, 3), 278: (4, 1, height)}
    entries[279] = (4, 1, len(pixels))
    bits_at = 8 + 2 + 12 * len(entries) + 4
    entries[258], entries[273] = (3, 3, bits_at), (4, 1, bits_at + 6)
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    table = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(entries.items()))
    return head + table + struct.pack("<I3H", 0, 16, 16, 16) + pixels


def test_bmp_whose_fourth_byte_is_empty_is_opaque():
    data = bytearray(as_file(a_lesion().convert("RGBA"), "BMP"))
    assert difference(shown(bytes(data)), a_lesion()) < 1
    (start,) = struct.unpack_from("<I", data, 10)
    data[start + 3 :: 4] = bytes(len(data[start + 3 :: 4]))
    assert difference(shown(bytes(data)), a_lesion()) < 1


def test_floats_that_are_no_numbers_are_black():
    values = (RAMP / 255).astype(np.float32)
    values[:80] = np.nan
    values[80:90] = np.inf
    assert not shown(as_file(Image.fromarray(values), "TIFF"))[:90].any()


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF", "HEIF"])
def test_what_is_transparent_is_laid_on_white(format_name):
    image = Image.new("RGBA", (200, 160), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 100, 160))
    found = shown(as_file(image, format_name))
    assert found[80, 30].min() > 250
    assert difference(found[80, 170], np.array([200, 0, 0])) < 4


def test_half_transparent_grey_is_laid_on_white():
    found = shown(as_file(Image.new("LA", (200, 160), (0, 128)), "PNG"))
    assert difference(found, np.full((160, 200, 3), 127)) < 1


def test_shrinking_lets_no_hidden_colour_bleed_into_the_visible():
    wide = np.zeros((1800, 3600, 4), np.uint8)
    wide[:, ::2] = (200, 100, 50, 255)
    wide[:, 1::2] = (0, 255, 0, 0)
    found = shown(as_file(Image.fromarray(wide), "PNG", compress_level=1))
    visible = (found.astype(float) - 127.5) * 2
    assert difference(visible[400, 400], np.array([200, 100, 50])) < 12


def test_palette_becomes_its_colours():
    assert difference(shown(as_file(a_lesion().quantize(256), "PNG")), a_lesion()) < 8


def test_transparent_palette_entry_is_white():
    image = Image.new("P", (200, 160), 1)
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.paste(0, (0, 0, 100, 160))
    found = shown(as_file(image, "PNG", transparency=0))
    assert found[80, 30].tolist() == [255, 255, 255]
    assert found[80, 170].tolist() == [200, 0, 0]


def test_key_colour_is_white():
    image = Image.new("RGB", (200, 160), (1, 2, 3))
    image.paste((200, 0, 0), (100, 0, 200, 160))
    found = shown(as_file(image, "PNG", transparency=(1, 2, 3)))
    assert found[80, 30].tolist() == [255, 255, 255]
    assert found[80, 170].tolist() == [200, 0, 0]


@pytest.mark.parametrize("format_name", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(format_name):
    found = shown(as_file(a_lesion().convert("CMYK"), format_name))
    assert difference(found, a_lesion()) < 4


def test_ycck_jpeg_of_adobe_becomes_rgb():
    # Inks as they would be as red, green and blue, turned to YCbCr; then the Adobe marker is
    # told so.  Pillow writes inks inverted, hence the inversion here.
    inks = Image.merge("RGB", a_lesion().convert("CMYK").split()[:3])
    planes = [plane.point(lambda level: 255 - level) for plane in inks.convert("YCbCr").split()]
    image = Image.merge("CMYK", [*planes, Image.new("L", inks.size, 0)])
    data = as_file(image, "JPEG", quality=95)
    marker = data.index(b"Adobe") + 11
    assert data[marker] == 0
    assert difference(shown(data[:marker] + b"\2" + data[marker + 1 :]), a_lesion()) < 4


def test_lab_tiff_becomes_rgb():
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = ImageCms.applyTransform(a_lesion(), to_lab)
    assert lab is not None
    assert difference(shown(as_file(lab, "TIFF")), a_lesion()) < 4


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_embedded_profile_is_converted_to_srgb(format_name):
    data = as_file(Image.new("RGB", (200, 160), (220, 40, 40)), format_name)
    with_profile = as_file(
        Image.new("RGB", (200, 160), (220, 40, 40)), format_name, icc_profile=swapped_profile()
    )
    assert difference(shown(with_profile)[..., ::-1], shown(data)) < 4


def test_profile_holds_for_a_photo_that_is_turned_and_shrunk():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (3200, 2400), (220, 40, 40))
    found = shown(as_file(image, "JPEG", icc_profile=swapped_profile(), exif=exif))
    assert found.shape[0] > found.shape[1]
    assert difference(found[50, 50], np.array([40, 40, 220])) < 4


def test_srgb_profile_changes_nothing():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert difference(shown(as_file(a_lesion(), "PNG", icc_profile=srgb)), a_lesion()) == 0


@pytest.mark.parametrize("profile", [b"no profile", swapped_profile()[:300], bytes(5_000_000)])
def test_broken_profile_is_left_aside(profile):
    data = as_file(a_lesion(), "TIFF", icc_profile=profile)
    assert difference(shown(data), a_lesion()) == 0


def test_profile_of_other_channels_is_left_aside():
    data = as_file(a_lesion().convert("CMYK"), "TIFF", icc_profile=swapped_profile())
    assert difference(shown(data), a_lesion()) < 4


def test_grey_photo_with_a_colour_profile_keeps_its_greys():
    found = shown(as_file(Image.fromarray(RAMP), "PNG", icc_profile=swapped_profile()))
    assert difference(found, np.stack([RAMP] * 3, axis=2)) < 2
