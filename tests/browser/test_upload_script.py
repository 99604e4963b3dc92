from __future__ import annotations

import base64

from playwright.sync_api import expect

from tests.browser.visitor import assess

DROP = """([data, ...names]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  names.forEach((name) => transfer.items.add(new File([bytes], name, { type: "image/jpeg" })));
  document.querySelector("[data-drop]").dispatchEvent(
    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


def _hold_uploads(page):
    """Let uploads hang; return the list in which they turn up."""
    held = []

    def hold(route):
        held.append(route)

    page.route("**/cases", hold)
    return held


def test_chosen_photo_is_previewed_with_name_and_size(page, photos):
    page.set_input_files("#photo", photos / "nevus.jpg")
    expect(page.get_by_alt_text("Preview of the chosen photo")).to_be_visible()
    expect(page.get_by_text("nevus.jpg")).to_be_visible()
    expect(page.locator("[data-file-size]")).to_contain_text("kB")


def test_format_without_preview_is_said_to_be_fine(page, photos):
    page.set_input_files("#photo", photos / "letter.jpg")
    expect(page.get_by_text("can’t show this format here")).to_be_visible()


def test_too_large_file_is_not_sent(page, photos):
    held = _hold_uploads(page)
    page.set_input_files("#photo", photos / "large.jpg")
    expect(page.locator("#photo-error")).to_contain_text("too large")
    page.get_by_role("button", name="Assess photo").click()
    expect(page.locator("#photo")).to_be_focused()
    assert held == []


def test_dropped_photo_is_assessed(page, photos):
    data = base64.b64encode((photos / "nevus.jpg").read_bytes()).decode()
    page.evaluate(DROP, [data, "dropped.jpg"])
    expect(page.get_by_text("dropped.jpg")).to_be_visible()
    page.get_by_role("button", name="Assess photo").click()
    page.wait_for_url("**/cases/*")


def test_several_dropped_photos_are_not_one_of_them(page, photos):
    data = base64.b64encode((photos / "nevus.jpg").read_bytes()).decode()
    page.evaluate(DROP, [data, "one.jpg", "two.jpg"])
    expect(page.get_by_text("More than one photo was sent")).to_be_visible()
    expect(page.get_by_text("one.jpg")).to_be_hidden()


def test_photo_is_sent_once_however_often_the_button_is_pressed(page, photos):
    held = _hold_uploads(page)
    page.set_input_files("#photo", photos / "nevus.jpg")
    button = page.get_by_role("button", name="Assess photo")
    for _ in range(3):
        button.click(force=True)
    expect(page.locator("[data-progress-text]")).to_contain_text("photo…")
    assert len(held) == 1
    held[0].abort()
    expect(page.locator(".error-summary")).to_be_visible()


def test_lost_connection_is_told_and_the_photo_can_be_sent_again(page, photos):
    page.route("**/cases", lambda route: route.abort())
    page.set_input_files("#photo", photos / "nevus.jpg")
    page.get_by_role("button", name="Assess photo").click()
    expect(page.get_by_text("The photo was not sent")).to_be_focused()
    page.unroute("**/cases")
    page.get_by_role("button", name="Assess photo").click()
    page.wait_for_url("**/cases/*")


def test_choice_stays_where_the_server_turns_the_photo_away_unread(page, photos):
    form = page.request.get("/").text()
    page.route("**/cases", lambda route: route.fulfill(status=503, body=form))
    page.get_by_label("Refer or not").check()
    page.set_input_files("#photo", photos / "nevus.jpg")
    page.get_by_role("button", name="Assess photo").click()
    expect(page.locator("[data-preview]")).to_be_hidden()
    expect(page.get_by_label("Refer or not")).to_be_checked()


def test_failure_of_the_server_is_shown_as_its_page(page, photos):
    page.route("**/cases", lambda route: route.continue_(url=page.url + "nowhere"))
    page.set_input_files("#photo", photos / "nevus.jpg")
    page.get_by_role("button", name="Assess photo").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("nothing at this address")


def test_form_works_after_going_back(page, photos):
    assess(page, photos / "nevus.jpg")
    page.go_back()
    expect(page.get_by_role("button", name="Assess photo")).to_be_visible()
    assess(page, photos / "melanoma.jpg")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Melanoma")
