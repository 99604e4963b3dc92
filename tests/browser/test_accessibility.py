from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT
from tests.browser.visitor import assess, focused
from tests.browser.visits import VISITS

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})"


def _complaints(page):
    found = page.evaluate(RUN_AXE, TAGS)["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]


@pytest.mark.parametrize("visit", VISITS)
def test_axe_finds_nothing_in_light_and_dark(open_page, photos, visit):
    page = open_page(bypass_csp=True)
    VISITS[visit](page, photos)
    page.add_script_tag(path=AXE)
    complaints, grounds = {}, set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        complaints[scheme] = _complaints(page)
    assert complaints == {"light": [], "dark": []}
    assert len(grounds) == 2, "the page did not change its colours"


@pytest.mark.parametrize(
    "visit", ["upload", "strange, with numbers", "unsure", "refer", "findings", "cases", "model"]
)
def test_axe_finds_nothing_on_a_phone(open_page, photos, visit):
    page = open_page(
        viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, bypass_csp=True
    )
    VISITS[visit](page, photos)
    page.add_script_tag(path=AXE)
    assert _complaints(page) == []


def _tab_to(page, wanted):
    for _ in range(30):
        page.keyboard.press("Tab")
        if focused(page) == wanted:
            return
    raise AssertionError(f"{wanted!r} was not reached by keyboard")


def test_keyboard_alone_assesses_and_deletes(page, photos):
    page.set_input_files("#photo", photos / "nevus.jpg")
    _tab_to(page, "photo")
    _tab_to(page, "Assess photo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*")
    _tab_to(page, "show-map")
    page.keyboard.press("Space")
    expect(page.locator(".stage__map")).to_be_hidden()
    _tab_to(page, "How far to trust the map")
    page.keyboard.press("Enter")
    expect(page.get_by_text("does not trace the border")).to_be_visible()
    _tab_to(page, "Delete")
    page.keyboard.press("Enter")
    page.wait_for_url("**/delete")
    _tab_to(page, "Delete for good")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The case and its photo were deleted.")).to_be_visible()


def test_keyboard_skips_to_the_content(page):
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_focus_is_visible_on_everything_that_takes_it(page, photos):
    assess(page, photos / "bad.jpg")
    outlines = []
    for _ in range(12):
        page.keyboard.press("Tab")
        outlines.append(page.evaluate("getComputedStyle(document.activeElement).outlineWidth"))
    assert set(outlines) == {"3px"}
