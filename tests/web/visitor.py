"""What a visitor does with the pages."""

from __future__ import annotations

import io
import re


def csrf_token(client, path="/", **kwargs):
    page = client.get(path, **kwargs).text
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]


def submission(client):
    """What names the form that is shown now."""
    return re.search(r'name="submission"[^>]*value="([^"]+)"', client.get("/").text)[1]


def upload(client, data=None, field="photo", token=None, filename="IMG_0001.JPG", **kwargs):
    form = {"csrf_token": token or csrf_token(client, **kwargs)}
    if data is not None:
        form[field] = (io.BytesIO(data), filename)
    return client.post("/cases", data=form, content_type="multipart/form-data", **kwargs)


def made_case(client, data):
    answer = upload(client, data)
    assert answer.status_code == 303
    return answer.location


def delete(client, case_url):
    token = csrf_token(client, f"{case_url}/delete")
    return client.post(f"{case_url}/delete", data={"csrf_token": token})
