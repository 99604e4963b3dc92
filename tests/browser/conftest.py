from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import ImageFilter
from playwright.sync_api import expect, sync_playwright

from benchmarks.environment import without_settings
from skinapp.synthetic import draw_lesion

ROOT = Path(__file__).resolve().parents[2]
# The first is Chromium without its windows, and the quickest; the pages are the same to all.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), "chromium")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# A first start converts the network.
START_WITHIN_S = 300
# Generous: a busy machine is no failure of the page.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">
<style>*{stroke:#0b5c66}</style><path d="M20 280 380 20" style="fill:none;stroke-width:3"/></svg>"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_ready(server, url):
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except OSError:  # refused, reset or too slow: not ready yet
            time.sleep(0.1)
    raise RuntimeError(f"the server was not ready within {START_WITHIN_S} s")


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name in ("test/roc", "training/training_curves"):
        path = folder / "figures" / f"{name}.svg"
        path.parent.mkdir(parents=True)
        path.write_text(FIGURE)
    return folder


@contextmanager
def serve(app, data_dir, **settings):
    """Run a real gunicorn with our configuration; gives its address."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", app]
    ours = {"SKINAPP_PORT": str(port), "SKINAPP_DATA_DIR": str(data_dir)}
    environment = without_settings() | ours | settings
    with (data_dir / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_ready(server, url)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def cases_in(data_dir):
    """How many cases a server keeps."""
    with closing(sqlite3.connect(data_dir / "skinapp.sqlite3")) as records:
        return records.execute("SELECT count(*) FROM cases").fetchone()[0]


@pytest.fixture(scope="session")
def server_url(data_dir):
    """The app with a stand-in for the network."""
    settings = {
        "SKINAPP_WORKERS": "1",
        "SKINAPP_THREADS": "4",
        "SKINAPP_MAX_UPLOAD_MB": "1",
    }
    with serve("tests.browser.fake_wsgi:app", data_dir, **settings) as url:
        yield url


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a page did that a visitor does not see."""

    hosts: set = field(default_factory=set)
    complaints: list = field(default_factory=list)

    def follow(self, page):
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message):
        # Chromium reports every 4xx answer as a failed resource; those are asked for here.
        if message.type in {"error", "warning"} and "Failed to load" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def open_page(chromium, server_url, watch):
    """Open pages in sessions of their own; every one must keep to our host and our policy."""
    contexts = []

    def open_one(path="/", **options):
        options = {"viewport": {"width": 1280, "height": 800}, "base_url": server_url} | options
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert watch.complaints == []
    assert watch.hosts <= {server_url.split("/")[2], ""}


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Files by what the classifier of fake_wsgi makes of them."""
    folder = tmp_path_factory.mktemp("photos")
    kinds = {"nevus": 600, "melanoma": 610, "unsure": 620, "strange": 630}
    for name, width_px in kinds.items():
        draw_lesion(width_px=width_px, height_px=450).save(folder / f"{name}.jpg")
    draw_lesion(width_px=600, height_px=800).save(folder / "portrait.jpg")
    blurred = draw_lesion().filter(ImageFilter.GaussianBlur(12)).point(lambda value: value // 4)
    blurred.save(folder / "bad.jpg")
    draw_lesion().resize((60, 60)).save(folder / "small.jpg")
    (folder / "truncated.jpg").write_bytes((folder / "nevus.jpg").read_bytes()[:4000])
    (folder / "letter.jpg").write_bytes(b"%PDF-1.7 no photo")
    (folder / "large.jpg").write_bytes(bytes(3_000_000))
    return folder
