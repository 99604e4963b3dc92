"""What the upload page says where no result comes back, and that it then keeps the photo."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import cases_in
from tests.browser.fake_ways import ANSWER_ELSEWHERE, ANSWER_LOST
from tests.browser.visitor import assess, hold_uploads, press_assess

PREVIEW = "Preview of the chosen photo"
GATEWAY = "<html><head><title>{0}</title></head><body><main><h1>{0}</h1></main></body></html>"


@pytest.fixture
def chosen(page, photos):
    page.set_input_files("#photo", photos / "nevus.jpg")
    expect(page.get_by_alt_text(PREVIEW)).to_be_visible()
    return page


def _answer(page, status, body):
    page.route("**/cases", lambda route: route.fulfill(status=status, body=body))


def _send_to(page, way):
    page.evaluate("way => { document.querySelector('[data-upload]').action = `/cases${way}` }", way)


def _expect_told(page, title):
    expect(page.locator(".error-summary__title")).to_have_text(title)
    expect(page.locator(".error-summary__title")).to_be_focused()
    expect(page).to_have_title("Error: Assess a skin lesion – skinapp")


def _expect_still_chosen(page, name="nevus.jpg"):
    expect(page.get_by_alt_text(PREVIEW)).to_be_visible()
    expect(page.locator("[data-file-name]")).to_have_text(name)
    page.unroute("**/cases")
    press_assess(page)
    page.wait_for_url("**/cases/*")


def test_photo_that_did_not_get_through_can_be_sent_again(chosen):
    chosen.route("**/cases", lambda route: route.abort())
    press_assess(chosen)
    _expect_told(chosen, "The photo did not get through")
    _expect_still_chosen(chosen)


def test_lost_answer_is_not_called_a_photo_not_sent(chosen):
    _send_to(chosen, ANSWER_LOST)
    press_assess(chosen)
    _expect_told(chosen, "The photo was sent, but no answer came")
    expect(chosen.locator(".error-summary")).to_contain_text("none is made twice")
    expect(chosen.get_by_alt_text(PREVIEW)).to_be_visible()


@pytest.mark.parametrize("between", [None, 503])
def test_photo_whose_answer_was_lost_makes_one_case_however_often_it_is_sent(
    chosen, data_dir, between
):
    before = cases_in(data_dir)
    _send_to(chosen, ANSWER_LOST)
    press_assess(chosen)
    _expect_told(chosen, "The photo was sent, but no answer came")
    _send_to(chosen, "")
    if between:
        _answer(chosen, between, chosen.request.get("/").text())
        press_assess(chosen)
        expect(chosen.locator("#main")).to_be_focused()
    _expect_still_chosen(chosen)
    assert cases_in(data_dir) == before + 1


def test_login_at_another_address_is_offered_in_a_new_tab(chosen, watch, server_url):
    _send_to(chosen, ANSWER_ELSEWHERE)
    press_assess(chosen)
    # Which of the two depends on how soon the browser notes that all was sent.
    _expect_told(chosen, re.compile("did not get through|no answer came"))
    # It was tried, and our policy stopped it.
    assert all("connect-src" in words for words in watch.complaints)
    watch.complaints.clear()
    watch.hosts.discard(server_url.split("/")[2].replace("127.0.0.1", "localhost"))
    with chosen.expect_popup() as opened:
        chosen.get_by_role("link", name="load this page again in a new tab").click()
    expect(opened.value.get_by_role("heading", name="Assess a skin lesion")).to_be_visible()
    expect(chosen.get_by_alt_text(PREVIEW)).to_be_visible()


@pytest.mark.parametrize("change", ["removed", "changed"])
def test_file_that_is_no_longer_what_was_chosen_is_asked_for_again(page, photos, tmp_path, change):
    card = tmp_path / "card.jpg"
    shutil.copy(photos / "nevus.jpg", card)
    page.set_input_files("#photo", card)
    expect(page.get_by_alt_text(PREVIEW)).to_be_visible()
    if change == "removed":
        card.unlink()
    else:
        card.write_bytes(b"another")
    press_assess(page)
    _expect_told(page, "There is a problem")
    expect(page.locator("#photo-error")).to_contain_text("The file can’t be read any more")
    expect(page.locator("[data-preview]")).to_be_hidden()
    shutil.copy(photos / "melanoma.jpg", card)
    page.set_input_files("#photo", card)
    press_assess(page)
    page.wait_for_url("**/cases/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Melanoma")


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (200, "You were not let in"),
        (401, "You were not let in"),
        (403, "You were not let in"),
        (413, "The photo was not accepted"),
        (418, "Something else answered"),
        (502, "The server can’t be reached just now"),
        (503, "The server can’t be reached just now"),
        (504, "The server can’t be reached just now"),
    ],
)
def test_answer_of_something_before_the_server_is_told_by_its_status(chosen, status, title):
    _answer(chosen, status, GATEWAY.format("nginx"))
    press_assess(chosen)
    _expect_told(chosen, title)
    expect(chosen.get_by_text("nginx")).to_have_count(0)
    expect(chosen.get_by_role("heading", name="Assess a skin lesion")).to_be_visible()
    expect(chosen.get_by_alt_text(PREVIEW)).to_be_visible()


def test_status_of_an_unknown_answer_is_named(chosen):
    _answer(chosen, 418, "")
    press_assess(chosen)
    expect(chosen.locator(".error-summary")).to_contain_text("(error 418)")


@pytest.mark.parametrize("status", [400, 408, 429, 503])
@pytest.mark.parametrize("field", ["photo", "camera"])
def test_photo_stays_chosen_where_the_form_comes_back_without_a_fault_of_its_own(
    page, photos, status, field
):
    _answer(page, status, page.request.get("/").text())
    page.set_input_files(f"#{field}", photos / "nevus.jpg")
    press_assess(page)
    expect(page.locator("#main")).to_be_focused()
    _expect_still_chosen(page)


@pytest.mark.parametrize("status", [413, 422])
def test_refused_photo_is_not_sent_again(chosen, status):
    _answer(chosen, status, chosen.request.get("/").text())
    press_assess(chosen)
    expect(chosen.locator("#main")).to_be_focused()
    expect(chosen.locator("[data-preview]")).to_be_hidden()
    assert chosen.locator("#photo").evaluate("field => field.files.length") == 0


def test_choice_stays_where_the_server_turns_the_photo_away_unread(chosen):
    _answer(chosen, 503, chosen.request.get("/").text())
    chosen.get_by_label("Refer or not").check()
    press_assess(chosen)
    expect(chosen.locator("#main")).to_be_focused()
    expect(chosen.get_by_label("Refer or not")).to_be_checked()


def test_page_of_ours_without_a_form_is_told_above_the_photo(chosen):
    _answer(chosen, 500, chosen.request.get("/explode").text())
    press_assess(chosen)
    _expect_told(chosen, "Something went wrong on our side")
    summary = chosen.locator(".error-summary")
    expect(summary).to_contain_text("The failure was recorded.")
    expect(summary).to_contain_text("give the id")
    expect(summary.get_by_role("link")).to_have_count(0)
    _expect_still_chosen(chosen)


def test_case_that_was_made_is_opened_although_it_does_not_come_at_once(chosen):
    failed = []

    def fail_once(route):
        if failed:
            route.fallback()
        else:
            failed.append(route.request.url)
            route.fulfill(status=502, body=GATEWAY.format("nginx"))

    chosen.route("**/cases/*", fail_once)
    press_assess(chosen)
    chosen.wait_for_url("**/cases/*")
    assert failed


def test_what_was_told_is_gone_while_the_photo_is_sent_again(chosen):
    _answer(chosen, 503, "")
    press_assess(chosen)
    expect(chosen.locator(".error-summary")).to_be_visible()
    chosen.unroute("**/cases")
    held = hold_uploads(chosen)
    press_assess(chosen)
    expect(chosen.locator("[data-progress-text]")).to_have_text("Sending the photo…")
    expect(chosen.locator(".error-summary")).to_have_count(0)
    expect(chosen).to_have_title("Assess a skin lesion – skinapp")
    held[0].abort()
    expect(chosen.locator(".error-summary")).to_be_visible()


def test_expired_form_comes_back_with_the_photo_and_works(chosen):
    chosen.locator("input[name=csrf_token]").evaluate("field => { field.value = 'old' }")
    press_assess(chosen)
    expect(chosen.locator(".error-summary")).to_contain_text("This form is no longer valid")
    _expect_still_chosen(chosen)


def test_photo_of_an_earlier_case_can_be_followed_by_another(page, photos):
    assess(page, photos / "nevus.jpg")
    page.go_back()
    for control in page.locator("input:not([type=hidden])").all():
        expect(control).to_be_enabled()
