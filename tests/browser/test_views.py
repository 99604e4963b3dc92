"""Both views of a result, and both maps, on a phone and on a desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import assess, read_as_triage, scrolls_sideways

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(open_page, request):
    return open_page(java_script_enabled=False, **request.param)


def boxes(page, selector):
    return [one.bounding_box() for one in page.locator(selector).all()]


def test_view_chosen_on_the_form_is_that_of_the_result_and_of_the_next_form(page, photos):
    page.get_by_label("Refer or not").check()
    page.set_input_files("#photo", photos / "melanoma.jpg")
    page.get_by_role("button", name="Assess photo").click()
    page.wait_for_url("**/cases/*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Refer: suspicious for malignancy")
    page.get_by_role("link", name="New photo").first.click()
    expect(page.get_by_label("Refer or not")).to_be_checked()


def test_advice_is_seen_at_once_and_the_types_on_request(page, photos):
    read_as_triage(page, photos / "nevus.jpg")
    [advice] = boxes(page, ".advice")
    assert advice["y"] + advice["height"] <= page.viewport_size["height"]
    expect(page.locator(".bars__item").first).to_be_visible()
    page.get_by_text("Most likely lesion type: melanocytic nevus").click()
    expect(page.locator(".bars__item").first).to_be_hidden()
    assert not scrolls_sideways(page)


def test_switching_back_shows_the_types_again(page, photos):
    read_as_triage(page, photos / "nevus.jpg")
    page.get_by_role("link", name="Lesion type", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Melanocytic nevus")


def test_links_of_the_views_are_large_enough_for_a_finger(page, photos):
    assess(page, photos / "nevus.jpg")
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes(page, ".views a"))


def test_both_maps_are_labelled_loaded_and_hidden_together(page, photos):
    assess(page, photos / "unsure.jpg")
    expect(page.locator(".pair figcaption")).to_contain_text(["Benign keratosis", "Melanoma"])
    maps = page.locator(".stage__map")
    assert [one.evaluate("image => image.naturalWidth") for one in maps.all()] == [320, 320]
    page.get_by_label("Show where the model looked").uncheck()
    for one in maps.all():
        expect(one).to_be_hidden()


@pytest.mark.parametrize("name", ["nevus.jpg", "portrait.jpg", "unsure.jpg"])
def test_each_map_lies_exactly_on_its_photo(page, photos, name):
    assess(page, photos / name)
    below, above = boxes(page, ".stage__photo"), boxes(page, ".stage__map")
    assert len(below) == (2 if name == "unsure.jpg" else 1)
    for photo, laid_over in zip(below, above, strict=True):
        assert laid_over == pytest.approx(photo, abs=0.5)


def test_maps_stand_side_by_side_on_a_desk_and_wide_enough_on_a_phone(page, photos):
    assess(page, photos / "unsure.jpg")
    first, second = boxes(page, ".pair .stage")
    on_a_desk = page.viewport_size["width"] == 1280
    assert (abs(first["y"] - second["y"]) < 1) is on_a_desk
    assert min(first["width"], second["width"]) >= 240
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("name", ["melanoma.jpg", "unsure.jpg"])
def test_sheet_of_referral_fits_one_page(page, photos, name):
    read_as_triage(page, photos / name)
    page.get_by_role("link", name="Print").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Refer: suspicious for malignancy")
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
