from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from skinapp.web.figures import find_figures
from tests.cast import a_card


@pytest.fixture
def page(client):
    return client.get("/model").text


@pytest.mark.parametrize(
    "words",
    [
        "fake-model",
        "Decision support for professionals.",
        "Trained on one clinic&#39;s images.",
        "OpenVINO 2026.4.1 in bfloat16: it agrees with PyTorch",
        "Tschandl et al., Sci. Data 5:180161, 2018",
        "CC BY-NC 4.0",
        "7,266",
        "Balanced accuracy",
        "83.0\N{NO-BREAK SPACE}% to 87.0\N{NO-BREAK SPACE}%",
        "At least 95 % of malignant found",
        "Test part",
        "Validation part",
    ],
)
def test_model_page_tells(page, words):
    assert words in page


def test_test_part_comes_before_the_validation_part(page):
    assert page.index("Test part") < page.index("Validation part")


def test_confusion_matrix_has_a_row_and_a_column_for_each_class(page):
    matrix = page[page.index('<table class="confusion"') :].split("</table>")[0]
    assert matrix.count('<th scope="row">') == 7
    assert matrix.count('<th scope="col" class="number">') == 7


def test_figures_that_exist_are_shown(page):
    assert 'src="/model/figures/test/roc.svg?v=' in page
    assert 'src="/model/figures/training/training_curves.svg?v=' in page
    assert "reliability.svg" not in page


def test_figure_is_sent_as_svg(client):
    answer = client.get("/model/figures/test/roc.svg", buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_figures_stay_those_of_the_card_that_is_served(client, figures_dir):
    before = client.get("/model/figures/test/roc.svg").data
    (figures_dir / "test" / "roc.svg").write_text("of other weights")
    (figures_dir / "test" / "top_two.svg").unlink()
    assert client.get("/model/figures/test/roc.svg").data == before
    assert client.get("/model/figures/test/top_two.svg").status_code == 200


def test_a_figure_is_sent_compressed_and_kept_under_the_hash_in_its_address(client):
    address = re.search(r'src="(/model/figures/test/roc.svg[^"]*)"', client.get("/model").text)[1]
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert gzip.decompress(answer.data) == client.get("/model/figures/test/roc.svg").data


def test_a_page_keeps_room_for_figures_and_fetches_them_when_they_are_near(client):
    figures = re.findall(r"<img [^>]*>", client.get("/model").text)
    assert len(figures) == 3
    for tag in figures:
        assert 'loading="lazy"' in tag
        assert 'width="403" height="331"' in tag


def test_a_figure_that_can_not_be_read_is_left_out_and_named_in_the_log(tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "roc.svg").symlink_to(tmp_path / "gone.svg")
    (tmp_path / "test" / "top_two.svg").write_text("<svg/>")
    with capture_logs() as told:
        assert list(find_figures(tmp_path).figures) == [("test", "top_two")]
    assert [(entry["event"], entry["path"][-12:]) for entry in told] == [
        ("figure_left_out", "test/roc.svg")
    ]


def test_a_figure_that_does_not_say_how_large_it_is_is_shown_all_the_same(tmp_path):
    path = tmp_path / "test" / "plain.svg"
    path.parent.mkdir()
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    figure = find_figures(tmp_path).get("test", "plain")
    assert (figure.width, figure.height) == (0, 0)


@pytest.mark.parametrize("path", ["test/absent", "../secret", "%2e%2e/secret", "test/..%2froc"])
def test_what_is_not_a_figure_is_not_found(client, path):
    assert client.get(f"/model/figures/{path}.svg").status_code == 404


def test_missing_folder_holds_no_figures(tmp_path):
    assert find_figures(tmp_path / "absent").figures == {}
    assert find_figures(None).figures == {}


def test_card_without_metrics_still_has_a_page(app, client):
    context = app.extensions["skinapp.web"]
    bare = a_card().model_copy(update={"metrics": {}})
    app.extensions["skinapp.web"] = replace(context, card=bare, figures=find_figures(None))
    assert client.get("/model").status_code == 200


def test_a_figure_can_be_opened_by_itself_and_may_load_nothing(client):
    assert 'href="/model/figures/test/roc.svg?v=' in client.get("/model").text
    policy = client.get("/model/figures/test/roc.svg", buffered=True).headers[
        "Content-Security-Policy"
    ]
    assert policy == "default-src 'none'; img-src data:; frame-ancestors 'none'; sandbox"


@pytest.mark.parametrize("path", ["/model", "/data", "/model/figures/test/roc.svg"])
def test_what_has_not_changed_since_is_not_sent_again(client, path):
    first = client.get(path, buffered=True)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]}, buffered=True)
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert again.headers["Cache-Control"] == "private, no-cache"


def test_a_page_that_changed_is_sent_again(client, app):
    etag = client.get("/model").headers["ETag"]
    context = app.extensions["skinapp.web"]
    card = context.card.model_copy(update={"intended_use": "For nobody."})
    app.extensions["skinapp.web"] = replace(context, card=card)
    answer = client.get("/model", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "For nobody." in answer.text
