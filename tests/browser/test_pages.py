from __future__ import annotations

from itertools import product

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import assess, refuse, scrolls_sideways


def test_uploaded_photo_gets_its_result(page, photos):
    assess(page, photos / "melanoma.jpg")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Melanoma")
    expect(page.get_by_text("Suspicious for malignancy")).to_be_visible()


def test_photo_and_map_are_loaded(page, photos):
    assess(page, photos / "nevus.jpg")
    widths = page.eval_on_selector_all(".stage img", "all => all.map(one => one.naturalWidth)")
    assert widths[0] == 600
    assert widths[1] > 0


def test_answer_is_visible_without_scrolling(page, photos):
    assess(page, photos / "melanoma.jpg")
    box = page.locator(".advice").bounding_box()
    assert box["y"] + box["height"] <= 800
    assert page.evaluate("window.scrollY") == 0


def test_result_can_be_reloaded(page, photos):
    assess(page, photos / "nevus.jpg")
    before = page.locator("main").inner_text()
    page.reload()
    assert page.locator("main").inner_text() == before


def test_another_browser_does_not_open_the_case(page, photos, open_page):
    assess(page, photos / "nevus.jpg")
    other = open_page(page.url)
    expect(other.get_by_text("This case can’t be opened")).to_be_visible()


def test_unsure_result_names_candidates(page, photos):
    assess(page, photos / "unsure.jpg")
    expect(page.get_by_role("heading", level=1)).to_have_text("The model is unsure")
    assert page.locator(".candidates li").count() == 3


def test_quality_problems_are_named(page, photos):
    assess(page, photos / "bad.jpg")
    page.get_by_role("link", name="Read with care").click()
    expect(page.get_by_role("heading", name="Quality of the photo")).to_be_in_viewport()


def test_map_can_be_switched_off(page, photos):
    assess(page, photos / "nevus.jpg")
    overlay = page.locator(".stage__map")
    expect(overlay).to_be_visible()
    page.get_by_label("Show where the model looked").uncheck()
    expect(overlay).to_be_hidden()


def test_case_is_deleted_after_a_question(page, photos):
    assess(page, photos / "nevus.jpg")
    case_url = page.url
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("status").first).to_contain_text("were deleted")
    assert page.goto(case_url).status == 404


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("small.jpg", "too small: 60 × 60 pixels"),
        ("truncated.jpg", "damaged or incomplete"),
        ("letter.jpg", "not a photo in a format"),
    ],
)
def test_refusal_takes_the_focus_and_leads_to_the_field(page, photos, name, words):
    refuse(page, photos / name)
    expect(page.locator(".error-summary__title")).to_be_focused()
    expect(page).to_have_title("Error: Assess a skin lesion – skinapp")
    page.get_by_role("link", name=words).click()
    expect(page.locator("#photo")).to_be_focused()


def test_refused_form_works_again(page, photos):
    refuse(page, photos / "letter.jpg")
    page.set_input_files("#photo", photos / "nevus.jpg")
    page.get_by_role("button", name="Assess photo").click()
    page.wait_for_url("**/cases/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Melanocytic nevus")


@pytest.mark.parametrize("name", ["nevus.jpg", "melanoma.jpg", "bad.jpg", "unsure.jpg"])
def test_print_sheet_fits_one_page(page, photos, name):
    assess(page, photos / name)
    page.get_by_role("link", name="Print").click()
    sheet = page.pdf(format="A4")
    assert sheet.count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("path", ["/", "/cases", "/model", "/nowhere"])
def test_pages_do_not_scroll_sideways(open_page, path):
    page = open_page(path)
    for width_px in (320, 390, 1600):
        page.set_viewport_size({"width": width_px, "height": 700})
        assert not scrolls_sideways(page), f"at {width_px} px"


@pytest.mark.parametrize("width_px", [320, 390, 1280])
def test_links_of_the_site_stand_in_one_line(open_page, width_px):
    page = open_page(viewport={"width": width_px, "height": 700})
    boxes = [link.bounding_box() for link in page.locator(".site-nav a").all()]
    assert len(boxes) == 4
    assert len({box["y"] for box in boxes}) == 1
    assert min(box["height"] for box in boxes) >= 44


def test_list_of_cases_leads_to_each(page, photos):
    assess(page, photos / "melanoma.jpg")
    first = page.url
    assess(page, photos / "nevus.jpg")
    page.get_by_role("link", name="Cases").click()
    titles = page.locator(".case__link")
    expect(titles).to_have_text(["Melanocytic nevus", "Melanoma"])
    # The whole line is the link, the photo included: it lies over it.
    page.locator(".case__photo").nth(1).click(force=True)
    page.wait_for_url(first)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Melanoma")


@pytest.mark.parametrize("width_px", [320, 390])
def test_result_on_a_phone_shows_the_verdict_above_the_photo(open_page, photos, width_px):
    page = open_page(viewport={"width": width_px, "height": 700}, has_touch=True, is_mobile=True)
    assess(page, photos / "bad.jpg")
    assert not scrolls_sideways(page)
    places = [page.locator(part).bounding_box()["y"] for part in ("h1", ".stage", ".bars")]
    assert places == sorted(places)
    stops = page.locator("main :is(a, button, input, summary)").all()
    seen = [stop.bounding_box() for stop in stops if stop.is_visible()]
    assert [box["y"] for box in seen] == sorted(box["y"] for box in seen)
    page.get_by_role("link", name="Print").click()
    page.wait_for_url("**/print?*")
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("photo", ["nevus.jpg", "unsure.jpg", "bad.jpg", "portrait.jpg"])
def test_no_hole_is_left_in_a_column_on_a_desk(page, photos, photo):
    assess(page, photos / photo)
    case_url = page.url
    columns = ((".result__photo", ".result__about"), (".result__answer", ".result__classes"))
    for view, width_px in product(("types", "triage"), (900, 1280)):
        page.set_viewport_size({"width": width_px, "height": 800})
        page.goto(f"{case_url}?view={view}")
        for upper, lower in columns:
            above, below = (page.locator(part).bounding_box() for part in (upper, lower))
            gap = below["y"] - above["y"] - above["height"]
            assert 0 <= gap < 40, f"{view} at {width_px} px"


def test_phone_is_offered_its_camera(open_page):
    page = open_page(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    expect(page.get_by_label("Or take one now, through a dermatoscope")).to_be_visible()


def test_desktop_is_offered_one_picker(page):
    expect(page.get_by_label("Or take one now, through a dermatoscope")).to_be_hidden()


def test_time_of_the_reader_is_put_beside_utc(open_page, photos):
    page = open_page(timezone_id="Asia/Tokyo", locale="en-GB")
    assess(page, photos / "nevus.jpg")
    expect(page.locator("time").first).to_contain_text("UTC)")
