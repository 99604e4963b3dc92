"""What another site sends (OWASP ASVS 5.0, 3.5.1 and 3.5.3)."""

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
