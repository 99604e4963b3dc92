"""The whole way, nothing faked: Chromium, gunicorn, the shipped network, SQLite."""

from __future__ import annotations

import json
import urllib.request

import pytest
from PIL import ImageFilter
from playwright.sync_api import expect

from skinapp.synthetic import draw_lesion
from tests.browser.conftest import cases_in, serve
from tests.browser.visitor import assess, refuse, scrolls_sideways

# A model that knows photos from drawings answers a drawn lesion on request only.
ASKED = "?show=numbers"


@pytest.fixture(scope="module")
def real_data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="module")
def server_url(real_data_dir):
    # With a clinic's share of malignant lesions, a page says most.
    with serve("skinapp.wsgi:app", real_data_dir, SKINAPP_PREVALENCE="0.05") as url:
        yield url


@pytest.fixture
def kept_cases(real_data_dir):
    return lambda: cases_in(real_data_dir)


def test_server_says_that_it_is_ready_and_with_which_model(server_url):
    with urllib.request.urlopen(f"{server_url}/readyz") as answer:
        ready = json.load(answer)
    assert ready["status"] == "ready"
    assert "ham10000-efficientnet-b4" in json.dumps(ready)
    assert ready["engine"]["name"] == "openvino", ready["engine"]["reason"]


def test_photo_gets_a_bar_for_every_class_that_survives_a_reload(page, photos):
    assess(page, photos / "melanoma.jpg")
    page.goto(page.url + ASKED)
    expect(page.locator(".bars__item")).to_have_count(7)
    before = page.locator("main").inner_text()
    page.reload()
    assert page.locator("main").inner_text() == before


def test_case_is_kept_once_and_gone_when_deleted(page, photos, kept_cases):
    before = kept_cases()
    assess(page, photos / "nevus.jpg")
    address = page.url
    assert kept_cases() == before + 1
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/")
    assert kept_cases() == before
    assert page.goto(address).status == 404


def test_refused_file_leaves_no_case(page, photos, kept_cases):
    before = kept_cases()
    refuse(page, photos / "truncated.jpg")
    assert kept_cases() == before


def test_whole_path_works_without_javascript_on_a_phone(open_page, photos):
    phone = open_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    phone.set_input_files("#photo", photos / "nevus.jpg")
    phone.get_by_role("button", name="Assess photo").click()
    phone.wait_for_url("**/cases/*")
    phone.goto(phone.url + ASKED)
    expect(phone.locator(".bars__item")).to_have_count(7)


def test_result_fits_a_phone(open_page, photos):
    phone = open_page(viewport={"width": 320, "height": 700})
    assess(phone, photos / "melanoma.jpg")
    phone.goto(phone.url + ASKED)
    assert not scrolls_sideways(phone)


@pytest.fixture(scope="module")
def worded(tmp_path_factory):
    """Photos of which the sheet has much to say: two types and maps, and faults as well."""
    folder = tmp_path_factory.mktemp("worded")
    drawn = draw_lesion("nevus", seed=5, width_px=600, height_px=450)
    drawn.save(folder / "two.jpg")
    drawn.filter(ImageFilter.GaussianBlur(3)).point(lambda v: v // 2).save(folder / "faults.jpg")
    return folder


@pytest.mark.parametrize("name", ["two.jpg", "faults.jpg"])
@pytest.mark.parametrize("view", ["types", "triage"])
def test_sheet_fits_one_page_with_all_that_the_clinic_may_be_told(page, worded, name, view):
    assess(page, worded / name)
    page.goto(f"{page.url}/print{ASKED}&view={view}")
    expect(page.get_by_text("are not converted")).to_have_count(1)
    for paper in ("A4", "Letter"):
        assert page.pdf(format=paper).count(b"/Type /Page\n") == 1


def test_model_page_shows_the_measured_figures(page):
    page.goto("/model")
    expect(page.get_by_text("Balanced accuracy").first).to_be_visible()
    expect(page.locator("img[src*='figures/test/roc.svg']")).to_have_count(1)
