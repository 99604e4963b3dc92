"""What a visitor does in the browser."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

DROP = """([data, ...names]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  names.forEach((name) => transfer.items.add(new File([bytes], name, { type: "image/jpeg" })));
  document.querySelector("[data-drop]").dispatchEvent(
    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


def assess(page, photo):
    """Wait for the result with its pictures."""
    if urlsplit(page.url).path != "/":
        page.goto("/")
    page.set_input_files("#photo", photo)
    page.get_by_role("button", name="Assess photo").click()
    page.wait_for_url("**/cases/*")


def read_as_triage(page, photo):
    """Assess a photo, switch to "refer or not", and unfold everything."""
    assess(page, photo)
    page.get_by_role("link", name="Refer or not").click()
    page.wait_for_url("**view=triage")
    for summary in page.locator("summary").all():
        summary.click()


def press_assess(page):
    page.get_by_role("button", name="Assess photo").click()


def refuse(page, photo=None):
    page.goto("/")
    if photo is not None:
        page.set_input_files("#photo", photo)
    page.get_by_role("button", name="Assess photo").click()
    page.wait_for_selector(".error-summary")


def drop(page, photo, *names):
    """Drop one photo under each of the names."""
    page.evaluate(DROP, [base64.b64encode(photo.read_bytes()).decode(), *names])


def hold_uploads(page):
    """Let uploads hang; return the list in which they turn up."""
    held = []

    def hold(route):
        held.append(route)

    page.route("**/cases", hold)
    return held


def scrolls_sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
