from __future__ import annotations

import io

import pytest
from PIL import Image

from skinapp.settings import Settings
from skinapp.synthetic import draw_lesion
from tests.web.conftest import as_jpeg
from tests.web.visitor import csrf_token, upload


def _animation():
    file = io.BytesIO()
    frames = [draw_lesion(seed=seed).resize((300, 300)) for seed in (1, 2)]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    return file.getvalue()


def _huge():
    file = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, "PNG")
    return file.getvalue()


REFUSED = {
    "nothing chosen": (None, "Choose a photo"),
    "empty": (b"", "The file is empty"),
    "not a photo": (b"%PDF-1.7 not a photo at all", "not a photo in a format"),
    "truncated": (as_jpeg()[:4000], "damaged or incomplete"),
    "too small": (as_jpeg(100, 90), "too small: 100 × 90 pixels"),
    "too many pixels": (_huge(), "too many pixels: 100 megapixels"),
    "animated": (_animation(), "animated or holds several pictures"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_refused_photo_comes_back_with_the_reason(client, why):
    data, words = REFUSED[why]
    answer = upload(client, data)
    assert answer.status_code == 422
    assert words in answer.text


def test_refused_photo_leaves_nothing_behind(client, store, classifier):
    upload(client, as_jpeg()[:4000])
    assert store.cases == {}
    assert classifier.seen == []


def test_refusal_is_summed_up_and_linked_to_the_field(client):
    page = upload(client).text
    assert 'role="alert"' in page
    assert '<a href="#photo">Choose a photo of the lesion.</a>' in page


def test_refusal_marks_the_field(client):
    page = upload(client).text
    assert 'aria-describedby="photo-hint photo-error" aria-invalid="true"' in page


def test_refusal_stands_in_the_title(client):
    assert "<title>Error: " in upload(client).text


def test_form_before_any_upload_marks_nothing(client):
    page = client.get("/").text
    assert "aria-invalid" not in page
    assert "Error: Assess" not in page


class TestSmallLimit:
    @pytest.fixture
    def settings(self):
        return Settings(max_upload_mb=0.1)

    def test_file_just_over_the_limit_is_refused_on_the_form(self, client):
        answer = upload(client, bytes(120_000))
        assert answer.status_code == 422
        assert "It can be 100\N{NO-BREAK SPACE}kB at most" in answer.text

    def test_body_over_the_limit_gets_a_page_with_a_way_back(self, client):
        answer = upload(client, bytes(400_000))
        assert answer.status_code == 413
        assert "It can be 100\N{NO-BREAK SPACE}kB at most" in answer.text
        assert "Choose another photo" in answer.text

    def test_page_states_the_limit_that_is_set(self, client):
        assert "Up to 100\N{NO-BREAK SPACE}kB" in client.get("/").text


def test_two_photos_are_not_one_of_them(client, store, lesion_jpeg):
    form = {
        "csrf_token": csrf_token(client),
        "photo": (io.BytesIO(lesion_jpeg), "gallery.jpg"),
        "camera": (io.BytesIO(lesion_jpeg), "taken.jpg"),
    }
    answer = client.post("/cases", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "More than one photo was sent" in answer.text
    assert store.cases == {}


def test_upload_without_token_gets_the_form_again(client, store, lesion_jpeg):
    answer = client.post("/cases", data={"photo": (io.BytesIO(lesion_jpeg), "a.jpg")})
    assert answer.status_code == 400
    assert "This form is no longer valid" in answer.text
    assert 'name="photo"' in answer.text
    assert store.cases == {}
