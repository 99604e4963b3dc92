"""What a visitor does in the browser."""

from __future__ import annotations


def assess(page, photo):
    page.goto("/")
    page.set_input_files("#photo", photo)
    page.get_by_role("button", name="Assess photo").click()
    page.wait_for_url("**/cases/*")
    page.wait_for_load_state("networkidle")


def read_as_triage(page, photo):
    """Assess a photo, switch to "refer or not", and unfold everything."""
    assess(page, photo)
    page.get_by_role("link", name="Refer or not").click()
    page.wait_for_url("**view=triage")
    for summary in page.locator("summary").all():
        summary.click()


def refuse(page, photo=None):
    page.goto("/")
    if photo is not None:
        page.set_input_files("#photo", photo)
    page.get_by_role("button", name="Assess photo").click()
    page.wait_for_selector(".error-summary")


def scrolls_sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
