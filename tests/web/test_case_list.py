"""The list of a browser session's cases."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from skinapp.domain.case import CaseEntry, CaseImages, new_case_id
from skinapp.web.presenters.case_list import present_cases
from skinapp.web.presenters.views import ResultView
from tests.cast import NOON, RULES, SURE_MELANOMA, SURE_NEVUS, UNSURE, a_case
from tests.web.visitor import delete, made_case


def listed(client):
    found = r'class="case__link" href="([^"]+)"[^>]*>([^<]+)<'
    return re.findall(found, client.get("/cases").text)


def an_entry(by_code=SURE_NEVUS):
    case = a_case(by_code)
    return CaseEntry(case.id, case.created_at, case)


def test_a_session_without_cases_is_told_so_and_gets_no_cookie(client):
    answer = client.get("/cases")
    assert answer.status_code == 200
    assert "There are no cases to show" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_cases_are_listed_with_what_was_found(client, classifier, lesion_jpeg):
    classifier.by_code = SURE_MELANOMA
    case_url = made_case(client, lesion_jpeg)
    assert listed(client) == [(case_url, "Melanoma")]
    page = client.get("/cases").text
    assert "Suspicious for malignancy, malignant probability" in page
    assert f'src="{case_url}/thumbnail.jpg"' in page
    assert f'href="{case_url}/delete"' in page
    assert "UTC</time>" in page


def test_newest_case_comes_first(client, store, lesion_jpeg):
    urls = [made_case(client, lesion_jpeg) for _ in range(3)]
    for age, url in enumerate(reversed(urls)):
        case, images, owner = store.cases[url.rsplit("/", 1)[1]]
        made = datetime.now(UTC) - timedelta(minutes=age)
        store.cases[case.id] = (replace(case, created_at=made), images, owner)
    assert [url for url, _ in listed(client)] == urls[::-1]


def test_deleted_case_is_listed_no_more(client, lesion_jpeg):
    gone, kept = made_case(client, lesion_jpeg), made_case(client, lesion_jpeg)
    delete(client, gone)
    assert [url for url, _ in listed(client)] == [kept]


def test_nobody_sees_the_cases_of_others(client, stranger, lesion_jpeg):
    made_case(client, lesion_jpeg)
    own = made_case(stranger, lesion_jpeg)
    assert [url for url, _ in listed(stranger)] == [own]


def test_expired_case_is_not_listed(client, store, lesion_jpeg):
    case, images, owner = store.cases[made_case(client, lesion_jpeg).rsplit("/", 1)[1]]
    old = replace(case, created_at=datetime.now(UTC) - timedelta(days=31))
    store.cases[case.id] = (old, images, owner)
    assert listed(client) == []


def test_list_is_read_in_the_view_that_was_chosen_last(client, classifier, lesion_jpeg):
    classifier.by_code = SURE_MELANOMA
    case_url = made_case(client, lesion_jpeg)
    client.get(f"{case_url}?view=triage")
    assert listed(client) == [(case_url, "Refer: suspicious for malignancy")]


def test_photo_that_was_not_recognised_is_listed_without_an_answer(client, classifier, lesion_jpeg):
    classifier.novelty_score, classifier.rules = 7.5, replace(RULES, novelty_threshold=1.0)
    case_url = made_case(client, lesion_jpeg)
    assert listed(client) == [(case_url, "Not recognised as a dermoscopic photo")]
    assert "malignant probability" not in client.get("/cases").text


@pytest.mark.parametrize("view", ResultView)
def test_probability_is_told_as_on_the_page_of_the_case(client, store, lesion_jpeg, view):
    case_url = made_case(client, lesion_jpeg)
    case, images, owner = store.cases[case_url.rsplit("/", 1)[1]]
    malignant = case.assessment.prediction.malignant_probability
    point = replace(case.assessment.operating_point, threshold=malignant + 0.0003)
    assessment = replace(case.assessment, operating_point=point)
    store.cases[case.id] = (replace(case, assessment=assessment), images, owner)
    client.get(f"{case_url}?view={view}")
    told = re.search(r"alignant probability ([^<]+)<", client.get("/cases").text)[1]
    assert f">{told}<" in client.get(f"{case_url}?view=types").text


def test_links_to_cases_of_one_name_are_told_apart_by_their_time(client, lesion_jpeg):
    for _ in range(2):
        made_case(client, lesion_jpeg)
    page = client.get("/cases").text
    described = re.findall(r'class="case__link"[^>]*aria-describedby="([^"]+)"', page)
    assert len(set(described)) == 2
    assert all(f'<time class="small" id="{name}"' in page for name in described)


def test_small_photo_is_sent_to_its_owner_only(client, stranger, lesion_jpeg):
    case_url = made_case(client, lesion_jpeg)
    answer = client.get(f"{case_url}/thumbnail.jpg")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert stranger.get(f"{case_url}/thumbnail.jpg").status_code == 404


def test_list_is_never_stored(client):
    assert client.get("/cases").headers["Cache-Control"] == "no-store"


def test_many_cases_are_cut_and_that_is_said(client, store, lesion_jpeg):
    made_case(client, lesion_jpeg)
    [(_, _, owner)] = store.cases.values()
    for _ in range(50):
        case = replace(a_case(created_at=datetime.now(UTC)), id=new_case_id())
        store.cases[case.id] = (case, CaseImages(b"", b""), owner)
    assert len(listed(client)) == 50
    assert "Only the 50 newest are listed." in client.get("/cases").text


def test_case_that_can_not_be_read_is_listed_with_its_time():
    entry = CaseEntry("a" * 22, NOON, None)
    [line] = present_cases([entry], 50, 30, ResultView.TYPES).lines
    assert (line.heading, line.advice) == ("This result can’t be read any more", "")
    assert line.created.endswith("UTC")


@pytest.mark.parametrize(("count", "more"), [(2, ""), (3, "Only the 2 newest are listed.")])
def test_it_is_said_where_older_ones_are_left_out(count, more):
    page = present_cases([an_entry() for _ in range(count)], 2, 30, ResultView.TYPES)
    assert (len(page.lines), page.more) == (2, more)


def test_case_with_several_types_is_listed_under_these():
    [line] = present_cases([an_entry(UNSURE)], 50, 30, ResultView.TYPES).lines
    assert line.heading == "The model is unsure"
