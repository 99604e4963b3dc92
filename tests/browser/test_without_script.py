from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import assess, refuse


@pytest.fixture
def plain(open_page):
    return open_page(java_script_enabled=False)


def test_photo_is_assessed_printed_and_deleted(plain, photos):
    assess(plain, photos / "melanoma.jpg")
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Melanoma")
    plain.get_by_role("link", name="Print").click()
    expect(plain.get_by_text("Clinical judgement")).to_be_visible()
    plain.get_by_role("link", name="Back to the result").click()
    plain.get_by_role("link", name="Delete").click()
    plain.get_by_role("button", name="Delete for good").click()
    expect(plain.get_by_text("The case and its photo were deleted.")).to_be_visible()


def test_numbers_of_an_unrecognised_photo_are_shown_on_request(plain, photos):
    assess(plain, photos / "strange.jpg")
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Not recognised")
    expect(plain.locator(".bars__item")).to_have_count(0)
    plain.get_by_role("link", name="Show the model’s numbers").click()
    expect(plain.locator(".bars__item")).to_have_count(7)
    plain.get_by_role("link", name="Hide the numbers").click()
    expect(plain.locator(".bars__item")).to_have_count(0)


def test_map_can_be_switched_off(plain, photos):
    assess(plain, photos / "nevus.jpg")
    plain.get_by_label("Show where the model looked").uncheck()
    expect(plain.locator(".stage__map")).to_be_hidden()


def test_refusal_comes_back_on_the_form(plain, photos):
    refuse(plain, photos / "letter.jpg")
    expect(plain.get_by_role("alert")).to_contain_text("not a photo in a format")


def test_nothing_chosen_comes_back_on_the_form(plain):
    refuse(plain)
    expect(plain.get_by_role("alert")).to_contain_text("Choose a photo of the lesion.")


def test_too_large_file_gets_a_page_with_a_way_back(plain, photos):
    plain.set_input_files("#photo", photos / "large.jpg")
    plain.get_by_role("button", name="Assess photo").click()
    expect(plain.get_by_text("It can be 1 MB at most")).to_be_visible()
    plain.get_by_role("link", name="Choose another photo").click()
    expect(plain.get_by_role("heading", name="Assess a skin lesion")).to_be_visible()


def test_controls_that_need_script_are_not_shown(plain, photos):
    expect(plain.get_by_text("or drop it here")).to_be_hidden()
    assess(plain, photos / "nevus.jpg")
    plain.get_by_role("link", name="Print").click()
    expect(plain.get_by_text("Print this sheet")).to_be_hidden()
