"""Photos that name their primaries by number, as HEIF's do."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from skinapp.domain.errors import PhotoHighDynamicRange
from skinapp.intake.decode import decode_photo
from skinapp.intake.primaries import from_primaries
from tests.intake.files import LIMITS, a_lesion, as_file
from tests.intake.test_colour import shown

SRGB, P3, BT2020 = 1, 12, 9
SRGB_CURVE, PQ, HLG = 13, 16, 18
PLACES = {
    P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
}
D65, DCI = (0.3127, 0.3290), (0.314, 0.351)


def heif(primaries, transfer=SRGB_CURVE, **options):
    box = {"color_primaries": primaries, "transfer_characteristics": transfer}
    return as_file(
        a_lesion(), "HEIF", quality=-1, chroma=444, matrix_coefficients=0, **box, **options
    )


def box(primaries, places, white=D65):
    names = ("red", "green", "blue", "white")
    found = {"color_primaries": primaries}
    for name, place in zip(names, (*places, white), strict=True):
        found |= {f"color_primary_{name}_{axis}": at for axis, at in zip("xy", place, strict=True)}
    return found


def test_colours_of_srgb_stay():
    assert np.abs(shown(heif(SRGB)).astype(int) - np.asarray(a_lesion(), int)).max() <= 2


def test_colours_of_a_wider_space_become_more_intense():
    plain, wide = shown(heif(SRGB)).astype(float), shown(heif(P3)).astype(float)
    intensity = [np.ptp(each, axis=2).mean() for each in (plain, wide)]
    assert intensity[1] > 1.1 * intensity[0]
    assert abs(plain.mean() - wide.mean()) < 10


def test_display_p3_is_what_its_profile_makes_of_it():
    """Primaries of Display P3 in XYZ (D65), as in SMPTE EG 432-1, and sRGB's curve."""
    to_xyz = np.array(
        [[0.48657, 0.26567, 0.19822], [0.22897, 0.69174, 0.07929], [0.0, 0.04511, 1.04394]]
    )
    from_xyz = np.array(
        [[3.24097, -1.53738, -0.49861], [-0.96924, 1.87597, 0.04156], [0.05563, -0.20398, 1.05697]]
    )
    code = np.array([200, 120, 90]) / 255
    light = from_xyz @ to_xyz @ (((code + 0.055) / 1.055) ** 2.4)
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    image = Image.new("RGB", (4, 4), (200, 120, 90))
    found = np.asarray(from_primaries(image, box(P3, PLACES[P3])))[0, 0]
    assert found == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("primaries", [P3, BT2020])
def test_greys_stay_grey(primaries):
    levels = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(16, 16, 3)
    found = from_primaries(Image.fromarray(levels), box(primaries, PLACES[primaries]))
    assert np.abs(np.asarray(found).astype(int) - levels).max() <= 1


@pytest.mark.parametrize(
    "nclx",
    [
        {},
        {"color_primaries": 2},
        box(11, PLACES[P3], DCI),
        box(P3, [(0.3, 0.3)] * 3),
        box(P3, [(0.0, 0.0)] * 3, D65),
    ],
)
def test_primaries_that_make_no_colours_are_left_aside(nclx):
    assert from_primaries(a_lesion(), nclx) is a_lesion()


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_photo_of_high_dynamic_range_is_refused(transfer):
    with pytest.raises(PhotoHighDynamicRange):
        decode_photo(heif(BT2020, transfer), LIMITS)


def test_a_profile_counts_more_than_numbers():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = shown(heif(P3, icc_profile=srgb))
    assert np.abs(found.astype(int) - np.asarray(a_lesion(), int)).max() <= 2
