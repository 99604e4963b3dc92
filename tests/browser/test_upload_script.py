from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import assess, drop, hold_uploads, press_assess, refuse

# The tags of a summary, and what takes part in naming, finding and focusing it.
PARTS = """all => all.map(summary => [summary, ...summary.querySelectorAll("*")].map(one =>
  [one.tagName, one.className, one.id, one.getAttribute("role"),
   one.getAttribute("tabindex"), one.getAttribute("href")]))"""


def test_chosen_photo_is_previewed_with_name_and_size(page, photos):
    page.set_input_files("#photo", photos / "nevus.jpg")
    expect(page.get_by_alt_text("Preview of the chosen photo")).to_be_visible()
    expect(page.get_by_text("nevus.jpg")).to_be_visible()
    expect(page.locator("[data-file-size]")).to_contain_text("kB")


def test_format_without_preview_is_said_to_be_fine(page, photos):
    page.set_input_files("#photo", photos / "letter.jpg")
    expect(page.get_by_text("can’t show this format here")).to_be_visible()


def test_too_large_file_is_not_sent(page, photos):
    held = hold_uploads(page)
    page.set_input_files("#photo", photos / "large.jpg")
    expect(page.locator("#photo-error")).to_contain_text("too large")
    press_assess(page)
    expect(page.locator(".error-summary__title")).to_be_focused()
    assert held == []


def test_dropped_photo_is_assessed(page, photos):
    drop(page, photos / "nevus.jpg", "dropped.jpg")
    expect(page.get_by_text("dropped.jpg")).to_be_visible()
    press_assess(page)
    page.wait_for_url("**/cases/*")


def test_several_dropped_photos_are_not_one_of_them(page, photos):
    drop(page, photos / "nevus.jpg", "one.jpg", "two.jpg")
    expect(page.locator("#photo-error")).to_contain_text("More than one photo was sent")
    expect(page.get_by_text("one.jpg")).to_be_hidden()


def test_several_dropped_photos_take_the_place_of_the_one_chosen_before(page, photos):
    page.set_input_files("#photo", photos / "nevus.jpg")
    drop(page, photos / "nevus.jpg", "one.jpg", "two.jpg")
    expect(page.locator("[data-preview]")).to_be_hidden()
    press_assess(page)
    expect(page.locator(".error-summary")).to_contain_text("Choose a photo of the lesion.")


def test_problem_found_by_the_page_is_told_as_the_server_tells_one(page, photos):
    refuse(page, photos / "letter.jpg")
    [by_server] = page.locator(".error-summary").evaluate_all(PARTS)
    page.goto("/")
    page.set_input_files("#photo", photos / "large.jpg")
    expect(page.locator(".error-summary__title")).to_be_focused()
    expect(page).to_have_title("Error: Assess a skin lesion – skinapp")
    [by_page] = page.locator(".error-summary").evaluate_all(PARTS)
    assert by_page == by_server
    page.get_by_role("link", name="The file is too large").click()
    expect(page.locator("#photo")).to_be_focused()


@pytest.mark.parametrize("name", ["letter.jpg", "large.jpg"])
def test_problem_is_gone_from_the_page_once_put_right(page, photos, name):
    page.set_input_files("#photo", photos / name)
    press_assess(page)
    expect(page.locator(".error-summary")).to_be_visible()
    page.set_input_files("#photo", photos / "nevus.jpg")
    expect(page.locator(".error-summary")).to_have_count(0)
    expect(page.locator("#photo-error")).to_be_hidden()
    expect(page.locator("#photo")).to_have_accessible_description(re.compile("^JPEG.*side.$"))
    expect(page).to_have_title("Assess a skin lesion – skinapp")


def test_region_that_tells_of_progress_is_there_before_and_empty_after(page, photos):
    told = page.get_by_role("status")
    expect(told).to_have_text("")
    held = hold_uploads(page)
    page.set_input_files("#photo", photos / "nevus.jpg")
    press_assess(page)
    expect(told).to_have_text("Sending the photo…")
    held[0].abort()
    expect(told).to_have_text("")
    expect(page.locator("progress")).to_be_hidden()


def test_while_a_photo_is_sent_no_other_can_be_chosen(page, photos):
    held = hold_uploads(page)
    page.set_input_files("#photo", photos / "nevus.jpg")
    page.get_by_label("Lesion type").focus()
    press_assess(page)
    expect(page.locator("[data-progress-text]")).to_have_text("Sending the photo…")
    controls = page.locator("input:not([type=hidden])")
    expect(controls).to_have_count(4)
    for control in controls.all():
        expect(control).to_be_disabled()
    drop(page, photos / "melanoma.jpg", "other.jpg")
    expect(page.locator("[data-file-name]")).to_have_text("nevus.jpg")
    held[0].abort()
    for control in controls.all():
        expect(control).to_be_enabled()


def test_what_is_dropped_on_the_locked_field_does_not_reach_it(page, photos):
    hold_uploads(page)
    page.set_input_files("#photo", photos / "nevus.jpg")
    press_assess(page)
    expect(page.locator("#photo")).to_be_disabled()
    hit = page.locator("#photo").evaluate("""field => {
      const box = field.getBoundingClientRect();
      return document.elementFromPoint(box.x + 10, box.y + 10).className;
    }""")
    assert hit == "field"


def test_locked_fields_are_sent_all_the_same(page, photos):
    page.get_by_label("Refer or not").check()
    page.set_input_files("#photo", photos / "melanoma.jpg")
    press_assess(page)
    page.wait_for_url("**/cases/*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Refer: suspicious for malignancy")


def test_photo_is_sent_once_however_often_the_button_is_pressed(page, photos):
    held = hold_uploads(page)
    page.set_input_files("#photo", photos / "nevus.jpg")
    button = page.get_by_role("button", name="Assess photo")
    for _ in range(3):
        button.click(force=True)
    expect(page.locator("[data-progress-text]")).to_contain_text("photo…")
    assert len(held) == 1
    held[0].abort()
    expect(page.locator(".error-summary")).to_be_visible()


def test_form_works_after_going_back(page, photos):
    assess(page, photos / "nevus.jpg")
    page.go_back()
    expect(page.get_by_role("button", name="Assess photo")).to_be_visible()
    assess(page, photos / "melanoma.jpg")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Melanoma")
