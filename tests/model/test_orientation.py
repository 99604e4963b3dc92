"""The whole way from bytes to an answer."""

import io

import pytest
from PIL import Image

from skinapp.domain.photo import PhotoLimits
from skinapp.intake.decode import decode_photo
from skinapp.model.classifier import load_classifier
from skinapp.synthetic import draw_lesion

LIMITS = PhotoLimits(10_000_000, 64, 128, 1600)
# How a camera stores a picture that is shown upright after each EXIF orientation.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", STORED)
def test_every_exif_orientation_gives_the_same_prediction(model_folder, orientation):
    classifier = load_classifier(model_folder)
    upright = draw_lesion("melanoma", seed=2, width_px=300, height_px=240)
    turn = STORED[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain, turned = io.BytesIO(), io.BytesIO()
    upright.save(plain, "PNG")
    (upright.transpose(turn) if turn is not None else upright).save(turned, "PNG", exif=exif)
    expected = classifier.predict(decode_photo(plain.getvalue(), LIMITS))
    found = classifier.predict(decode_photo(turned.getvalue(), LIMITS))
    assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-6)
