"""Pages of every kind, by name, for whatever all of them have to stand."""

from __future__ import annotations

from tests.browser.visitor import assess, read_as_triage, refuse

# Each opens one page to be judged.
VISITS = {
    "upload": lambda page, _: page.goto("/"),
    "refusal": lambda page, photos: refuse(page, photos / "letter.jpg"),
    "sure": lambda page, photos: assess(page, photos / "melanoma.jpg"),
    "not suspicious": lambda page, photos: assess(page, photos / "nevus.jpg"),
    "unsure": lambda page, photos: assess(page, photos / "unsure.jpg"),
    "strange": lambda page, photos: assess(page, photos / "strange.jpg"),
    "strange, with numbers": lambda page, photos: (
        assess(page, photos / "strange.jpg"),
        page.goto(page.url + "?show=numbers"),
    ),
    "refer": lambda page, photos: read_as_triage(page, photos / "melanoma.jpg"),
    "refer or not, close types": lambda page, photos: read_as_triage(page, photos / "unsure.jpg"),
    "findings": lambda page, photos: assess(page, photos / "bad.jpg"),
    "print": lambda page, photos: (
        assess(page, photos / "bad.jpg"),
        page.goto(page.url + "/print"),
    ),
    "delete": lambda page, photos: (
        assess(page, photos / "nevus.jpg"),
        page.goto(page.url + "/delete"),
    ),
    "no cases": lambda page, _: page.goto("/cases"),
    "cases": lambda page, photos: (
        assess(page, photos / "melanoma.jpg"),
        assess(page, photos / "strange.jpg"),
        page.goto("/cases"),
    ),
    "model": lambda page, _: page.goto("/model"),
    "data": lambda page, _: page.goto("/data"),
    "not found": lambda page, _: page.goto("/nowhere"),
    "failure": lambda page, _: page.goto("/explode"),
}
