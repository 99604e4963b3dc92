from __future__ import annotations

import pytest
from PIL import Image, ImageFilter

from skinapp.domain.photo import Photo
from skinapp.domain.quality import QualityProblem
from skinapp.intake.quality import find_problems
from skinapp.synthetic import KINDS, draw_lesion


def a_photo(image: Image.Image, source_width_px: int = 0, source_height_px: int = 0) -> Photo:
    return Photo(
        image.tobytes(),
        *image.size,
        source_width_px or image.width,
        source_height_px or image.height,
        "JPEG",
    )


def problems(image: Image.Image, model_input_px: int = 380) -> set[QualityProblem]:
    found = find_problems(a_photo(image), model_input_px=model_input_px)
    return {finding.problem for finding in found}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dressed", [False, True])
def test_good_photo_has_no_problems(kind, dressed):
    assert problems(draw_lesion(kind, seed=1, hairs=dressed, ruler=dressed)) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_photo_out_of_focus_is_blurred(kind):
    image = draw_lesion(kind, seed=1).filter(ImageFilter.GaussianBlur(4))
    assert problems(image) == {QualityProblem.BLURRED}


def test_sharpness_does_not_depend_on_the_camera():
    image = draw_lesion("nevus", width_px=1600, height_px=1200)
    assert QualityProblem.BLURRED not in problems(image)
    spoilt = image.filter(ImageFilter.GaussianBlur(11))
    assert QualityProblem.BLURRED in problems(spoilt)


def test_photo_with_too_little_light_is_dark():
    assert QualityProblem.TOO_DARK in problems(draw_lesion().point(lambda level: level * 0.5))


def test_dark_photo_is_not_blamed_for_its_contrast_as_well():
    found = problems(draw_lesion().point(lambda level: level * 0.1))
    assert QualityProblem.TOO_DARK in found
    assert QualityProblem.LOW_CONTRAST not in found


def test_photo_with_burnt_out_skin_is_bright():
    assert QualityProblem.TOO_BRIGHT in problems(draw_lesion().point(lambda level: level * 1.7))


def test_pale_photo_without_burnt_out_pixels_is_bright_too():
    pale = draw_lesion().point(lambda level: 215 + level * 0.15)
    assert QualityProblem.TOO_BRIGHT in problems(pale)


def test_fog_lowers_the_contrast():
    image = draw_lesion("keratosis")
    fog = Image.new("RGB", image.size, (190, 190, 190))
    assert QualityProblem.LOW_CONTRAST in problems(Image.blend(image, fog, 0.9))


def test_resolution_is_that_of_the_upload_and_not_of_the_kept_photo():
    image = draw_lesion()
    (finding,) = find_problems(a_photo(image, 400, 300), model_input_px=380)
    assert (finding.problem, finding.measured, finding.bound) == (
        QualityProblem.LOW_RESOLUTION,
        300,
        380,
    )
    assert find_problems(a_photo(image, 4000, 3000), model_input_px=380) == ()


def test_lesion_that_is_lost_in_the_picture_is_small():
    page = Image.effect_noise((1200, 900), 12).point(lambda level: level + 60).convert("RGB")
    lesion = draw_lesion("melanoma", width_px=600, height_px=450).crop((225, 150, 375, 300))
    page.paste(lesion.resize((110, 110)), (500, 400))
    assert QualityProblem.LESION_SMALL in problems(page)


def test_lesion_that_goes_on_outside_is_cut_off():
    image = draw_lesion("nevus", seed=1, width_px=1200, height_px=900)
    assert QualityProblem.LESION_CUT_OFF in problems(image.crop((550, 100, 1200, 800)))


def test_nothing_is_said_of_a_lesion_that_does_not_stand_out():
    skin = draw_lesion("nevus", seed=1, width_px=1600, height_px=1200).crop((0, 0, 700, 280))
    framed = {QualityProblem.LESION_SMALL, QualityProblem.LESION_CUT_OFF}
    assert not problems(skin) & framed


def test_black_corners_of_a_round_window_are_no_lesion():
    image = draw_lesion("nevus")
    window = Image.radial_gradient("L").resize(image.size).point(lambda d: 255 if d < 170 else 0)
    seen = Image.composite(image, Image.new("RGB", image.size), window)
    assert QualityProblem.LESION_CUT_OFF not in problems(seen)


@pytest.mark.parametrize("colour", ["black", "white", (200, 150, 130)])
def test_plain_picture_is_measured_without_a_warning(colour):
    assert QualityProblem.BLURRED in problems(Image.new("RGB", (500, 400), colour))
