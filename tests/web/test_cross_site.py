"""What another site sends (OWASP ASVS 5.0, 3.5.1 and 3.5.3)."""

import pytest

FROM_ANOTHER_SITE = {"Sec-Fetch-Site": "cross-site"}


def test_form_that_another_site_sends_leaves_the_session_alone(client, store):
    answer = client.post("/cases", data={"view": "triage"}, headers=FROM_ANOTHER_SITE)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert store.cases == {}


def test_without_the_guard_the_form_that_comes_back_would_bring_a_session(client):
    assert "Set-Cookie" in client.post("/cases", data={}).headers


def test_link_from_another_site_opens_the_page(client):
    assert client.get("/", headers=FROM_ANOTHER_SITE).status_code == 200


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "http://[::1", ""])
def test_without_https_another_sites_origin_brings_no_session(client, store, origin):
    answer = client.post("/cases", data={}, headers={"Origin": origin})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    assert store.cases == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},
        # A proxy that hides our name: the browser knows better.
        {"Origin": "http://clinic.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_our_own_form_that_has_expired_comes_back_in_a_session(client, headers):
    answer = client.post("/cases", data={}, headers=headers)
    assert "Set-Cookie" in answer.headers
    assert 'name="photo"' in answer.text


def test_a_session_that_came_along_gets_its_form_again_whatever_the_origin(client):
    client.get("/")
    answer = client.post("/cases", data={}, headers={"Origin": "http://hidden.example"})
    assert answer.status_code == 400
    assert 'name="photo"' in answer.text
