"""The same case in the view that its reader wants, and both maps where two types are close."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.cast import RULES, SURE_MELANOMA, UNSURE, FakeClassifier
from tests.web.visitor import csrf_token, made_case

SPACE = "\N{NO-BREAK SPACE}"


def chosen_on_form(client):
    return re.findall(r'name="view" value="(\w+)" checked', client.get("/").text)


def case_in(client, view, data):
    form = {"csrf_token": csrf_token(client), "view": view, "photo": (io.BytesIO(data), "a.jpg")}
    return client.post("/cases", data=form, content_type="multipart/form-data")


def test_form_offers_lesion_types_first(client):
    page = client.get("/").text
    assert page.count('name="view"') == 2
    assert chosen_on_form(client) == ["types"]


def test_result_comes_in_the_view_that_was_chosen(client, classifier, lesion_jpeg):
    classifier.by_code = SURE_MELANOMA
    page = client.get(case_in(client, "triage", lesion_jpeg).location).text
    assert re.search(r'<h1[^>]*class="verdict">Refer: suspicious for malignancy</h1>', page)
    assert "<summary>Most likely lesion type: melanoma (82\N{NO-BREAK SPACE}%)</summary>" in page


def test_lesion_types_are_folded_away_but_all_there(client, lesion_jpeg):
    page = client.get(case_in(client, "triage", lesion_jpeg).location).text
    assert '<details class="fold">' in page
    assert page.count('class="bars__item') == 7


def test_view_is_switched_by_a_link_without_a_new_upload(client, store, lesion_jpeg):
    case = made_case(client, lesion_jpeg)
    assert f'href="{case}?view=triage">Refer or not</a>' in client.get(case).text
    assert "Below the referral threshold" in client.get(f"{case}?view=triage").text
    assert "Most likely lesion type" in client.get(f"{case}?view=types").text
    assert len(store.cases) == 1


def test_choice_lasts_for_the_next_upload(client, lesion_jpeg):
    case = made_case(client, lesion_jpeg)
    client.get(f"{case}?view=triage")
    assert chosen_on_form(client) == ["triage"]
    assert "Below the referral threshold" in client.get(made_case(client, lesion_jpeg)).text


def test_choice_survives_a_refused_photo(client):
    answer = case_in(client, "triage", b"no photo")
    assert answer.status_code == 422
    assert 'value="triage" checked' in answer.text


@pytest.mark.parametrize("token", ["", "of another session"])
def test_choice_survives_a_form_that_is_no_longer_valid(client, token, lesion_jpeg):
    form = {"csrf_token": token, "view": "triage", "photo": (io.BytesIO(lesion_jpeg), "a.jpg")}
    answer = client.post("/cases", data=form, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "This form is no longer valid" in answer.text
    assert 'value="triage" checked' in answer.text


def test_form_without_a_token_changes_no_choice_for_later(client):
    client.post("/cases", data={"view": "triage"})
    assert chosen_on_form(client) == ["types"]


def test_choice_survives_a_quota(app, client, lesion_jpeg):
    app.extensions["skinapp.web"].screening.uploads_per_hour = 1
    assert case_in(client, "types", lesion_jpeg).status_code == 303
    answer = case_in(client, "triage", lesion_jpeg)
    assert answer.status_code == 429
    assert 'value="triage" checked' in answer.text


def test_choice_is_nobody_elses(client, stranger, lesion_jpeg):
    case_in(client, "triage", lesion_jpeg)
    assert chosen_on_form(stranger) == ["types"]


@pytest.mark.parametrize("view", ["", "TRIAGE", "everything", "<script>"])
def test_unknown_view_changes_nothing(client, lesion_jpeg, view):
    answer = case_in(client, view, lesion_jpeg)
    assert answer.status_code == 303
    page = client.get(answer.location, query_string={"view": view})
    assert page.status_code == 200
    assert "Most likely lesion type" in page.text


def test_sheet_follows_the_view(client, classifier, lesion_jpeg):
    classifier.by_code = SURE_MELANOMA
    case = made_case(client, lesion_jpeg)
    assert f'href="{case}/print?view=triage"' in client.get(f"{case}?view=triage").text
    sheet = client.get(f"{case}/print?view=triage").text
    assert "Refer: suspicious for malignancy" in sheet
    assert "bars__item" not in sheet
    assert "bars__item" in client.get(f"{case}/print?view=types").text


def test_refused_photo_is_refused_in_both_views(app, client, lesion_jpeg):
    screening = app.extensions["skinapp.web"].screening
    screening.classifier = FakeClassifier(
        novelty_score=7.5, rules=replace(RULES, novelty_threshold=1.0)
    )
    case = case_in(client, "triage", lesion_jpeg).location
    assert "No advice" not in client.get(case).text
    asked = client.get(f"{case}?show=numbers").text
    assert "No advice: the photo was not recognised" in asked
    assert "Not recognised as a dermoscopic photo" in asked
    assert f'href="{case}?show=numbers&amp;view=types"' in asked


def test_class_of_two_leaves_shows_how_it_splits(client, classifier, lesion_jpeg):
    classifier.by_code = {"akiec": 0.8, "nv": 0.2}
    page = client.get(made_case(client, lesion_jpeg)).text
    for words in ("Actinic keratosis <span", f">60{SPACE}%", "Squamous cell carcinoma <span"):
        assert words in page
    assert page.count('class="bars__parts"') == 1


def test_close_types_have_both_maps_each_with_its_name(client, classifier, lesion_jpeg):
    classifier.by_code = UNSURE
    case = made_case(client, lesion_jpeg)
    page = client.get(case).text
    assert page.count('class="stage__map"') == 2
    assert f'src="{case}/overlay-2.png" alt="Map of where the model found evidence for Mel' in page
    second = client.get(f"{case}/overlay-2.png")
    assert (second.status_code, second.mimetype) == (200, "image/png")
    assert second.data != client.get(f"{case}/overlay.png").data


def test_clear_call_has_one_map(client, lesion_jpeg):
    case = made_case(client, lesion_jpeg)
    assert client.get(case).text.count('class="stage__map"') == 1
    assert client.get(f"{case}/overlay-2.png").status_code == 404


def test_strangers_find_no_second_map(client, stranger, classifier, lesion_jpeg):
    classifier.by_code = UNSURE
    case = made_case(client, lesion_jpeg)
    made_case(stranger, lesion_jpeg)
    assert stranger.get(f"{case}/overlay-2.png").status_code == 404


@pytest.mark.parametrize("name", ["overlay.png", "overlay-2.png"])
def test_maps_of_an_expired_case_are_gone(client, store, classifier, lesion_jpeg, name):
    classifier.by_code = UNSURE
    address = made_case(client, lesion_jpeg)
    assert client.get(f"{address}/{name}").status_code == 200
    [(case, images, owner)] = store.cases.values()
    expired = replace(case, created_at=case.created_at - timedelta(days=31))
    store.cases[case.id] = (expired, images, owner)
    assert client.get(f"{address}/{name}").status_code == 404


def test_old_case_shows_one_map_and_no_split(client, store, classifier, lesion_jpeg):
    classifier.by_code = UNSURE
    address = made_case(client, lesion_jpeg)
    [(case, images, owner)] = store.cases.values()
    prediction = replace(case.assessment.prediction, runner_up_map=None, leaves=())
    old = replace(case.assessment, prediction=prediction, rival=None)
    store.cases[case.id] = (replace(case, assessment=old), images, owner)
    page = client.get(address).text
    assert page.count('class="stage__map"') == 1
    assert "bars__parts" not in page


def test_limits_of_the_model_that_answered_are_told(app, client, lesion_jpeg):
    limit = "Trained on one clinic’s images."
    context = app.extensions["skinapp.web"]
    answered = case_in(client, "triage", lesion_jpeg).location
    for fingerprint, told in (("0123456789ab" + "0" * 52, True), ("f" * 64, False)):
        card = context.card.model_copy(update={"weights_sha256": fingerprint, "limits": (limit,)})
        app.extensions["skinapp.web"] = replace(context, card=card)
        assert (limit in client.get(answered).text) is told
