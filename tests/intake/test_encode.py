from __future__ import annotations

import io

import numpy as np
from PIL import Image

from skinapp.domain.photo import Photo
from skinapp.intake.decode import decode_photo
from skinapp.intake.encode import encode_jpeg
from tests.intake.files import LIMITS, a_lesion, as_file


def test_kept_photo_looks_like_the_photo():
    image = a_lesion()
    photo = Photo(image.tobytes(), *image.size, *image.size, "PNG")
    with Image.open(io.BytesIO(encode_jpeg(photo))) as kept:
        assert (kept.format, kept.size) == ("JPEG", image.size)
        assert np.abs(np.asarray(kept, int) - np.asarray(image, int)).mean() < 3


def test_nothing_of_the_metadata_is_kept():
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe, 1970-01-01"
    data = as_file(a_lesion(), "JPEG", exif=exif, comment=b"Jane Doe", icc_profile=b"Jane Doe")
    assert b"Jane Doe" in data
    kept = encode_jpeg(decode_photo(data, LIMITS))
    assert b"Jane Doe" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
