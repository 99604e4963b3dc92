"""Text at twice its size, colours forced by the reader, and paper: none of them takes anything."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import assess, read_as_triage, scrolls_sideways
from tests.browser.visits import VISITS

PAGES = {
    **{name: VISITS[name] for name in ("upload", "sure", "unsure", "refer", "cases")},
    "strange": VISITS["strange, with numbers"],
    "sheet": lambda page, photos: (
        read_as_triage(page, photos / "unsure.jpg"),
        page.get_by_role("link", name="Print").click(),
        page.wait_for_url("**/print?*"),
    ),
}
PERCENT = (100, 150, 200)
# Text that reaches out of the part of the page in which it stands.
SPILLING = """() => [...document.querySelectorAll("body *")].filter(one =>
  one.clientWidth && one.scrollWidth > one.clientWidth + 1
  && getComputedStyle(one).display !== "inline" && one.tagName !== "INPUT"
  && !one.closest("svg, .visually-hidden")).map(one => `${one.tagName} ${one.className}`)"""
EDGE = """part => [getComputedStyle(part).borderTopColor, getComputedStyle(part).borderTopWidth,
  getComputedStyle(document.body).color]"""


@pytest.fixture
def phone(open_page):
    return open_page(viewport={"width": 320, "height": 700})


def _enlarge(page, percent):
    page.evaluate("size => { document.documentElement.style.fontSize = size }", f"{percent}%")


@pytest.mark.parametrize("name", PAGES)
def test_large_text_stays_in_its_place_on_the_smallest_phone(phone, photos, name):
    PAGES[name](phone, photos)
    for percent in PERCENT:
        _enlarge(phone, percent)
        assert (percent, scrolls_sideways(phone)) == (percent, False)
        assert (percent, phone.evaluate(SPILLING)) == (percent, [])


def test_label_of_the_threshold_stands_below_its_gauge_and_within_it(phone, photos):
    assess(phone, photos / "melanoma.jpg")
    for percent in PERCENT:
        _enlarge(phone, percent)
        gauge, mark, label = (
            phone.locator(part).bounding_box()
            for part in (".gauge", ".gauge__mark", ".gauge__label")
        )
        assert label["y"] >= mark["y"] + mark["height"] - 1
        assert label["x"] >= gauge["x"]
        assert label["x"] + label["width"] <= gauge["x"] + gauge["width"] + 1
        assert label["y"] + label["height"] <= gauge["y"] + gauge["height"] + 1


@pytest.mark.parametrize("link", [".site-nav a", ".views__link"])
def test_current_link_stays_marked_in_forced_colours(open_page, photos, link):
    page = open_page(forced_colors="active")
    assess(page, photos / "nevus.jpg")
    if link == ".site-nav a":
        page.goto("/")
    line = "link => getComputedStyle(link, '::after').borderBottomStyle"
    current = page.locator(f"{link}[aria-current]")
    expect(current).to_have_count(1)
    assert current.evaluate(line) == "solid"
    for other in page.locator(f"{link}:not([aria-current])").all():
        assert other.evaluate(line) == "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_scale_of_the_gauge_has_an_edge_in_forced_colours(open_page, photos, scheme):
    page = open_page(forced_colors="active", color_scheme=scheme)
    assess(page, photos / "melanoma.jpg")
    edge, width, ink = page.locator(".gauge__scale").evaluate(EDGE)
    assert (edge, width) == (ink, "1px")


@pytest.mark.parametrize("part", [".advice", ".gauge__scale"])
def test_advice_is_printed_with_its_colours(page, photos, part):
    assess(page, photos / "melanoma.jpg")
    page.emulate_media(media="print")
    assert page.locator(part).evaluate("part => getComputedStyle(part).printColorAdjust") == "exact"
