"""Which databases there may be."""

import sys

import pytest

from skinapp.records.engine import DatabaseRefused
from skinapp.records.store import SqlCaseStore


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///file::memory:?uri=true&cache=shared", "in memory"),
        ("sqlite:////tmp/cases.sqlite3?mode=memory", "in memory"),
        ("sqlite:////tmp/cases.sqlite3?uri=true", "give SQLite a path"),
        ("sqlite:///file:/tmp/cases.sqlite3?uri=true", "give SQLite a path"),
        ("nonsense", "not a URL"),
        ("dbase://x/y", "not a URL"),
        ("postgresql://somebody:secret@localhost:port/cases", "not a URL"),
        ("mysql://somebody:secret@localhost/cases", "SQLite or PostgreSQL"),
        ("postgresql+pg8000://somebody:secret@localhost/cases", "with psycopg"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_in_words(url: str, sentence: str):
    with pytest.raises(DatabaseRefused, match=sentence):
        SqlCaseStore(url)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseRefused, match="needs the Python package psycopg"):
        SqlCaseStore("postgresql://somebody:secret@localhost/cases")
