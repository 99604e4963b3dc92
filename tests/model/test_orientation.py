"""The whole way from bytes to an answer."""

import io

import pytest
from PIL import Image

from skinapp.domain.photo import PhotoLimits
from skinapp.intake.decode import decode_photo
from skinapp.model.classifier import load_classifier
from skinapp.synthetic import draw_lesion
from tests.intake.files import held_for

LIMITS = PhotoLimits(10_000_000, 64, 128, 1600)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_gives_the_same_prediction(model_folder, orientation):
    classifier = load_classifier(model_folder)
    upright = draw_lesion("melanoma", seed=2, width_px=300, height_px=240)
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain, turned = io.BytesIO(), io.BytesIO()
    upright.save(plain, "PNG")
    held_for(upright, orientation).save(turned, "PNG", exif=exif)
    expected = classifier.predict(decode_photo(plain.getvalue(), LIMITS))
    found = classifier.predict(decode_photo(turned.getvalue(), LIMITS))
    assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-6)
