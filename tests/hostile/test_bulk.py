"""The same hostile files, scored in bulk: one that can't be read never stops the others."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field

import pytest

from skinapp.domain.photo import Photo
from skinapp.domain.prediction import Prediction
from skinapp.evaluation.predictions import write_predictions
from skinapp.model.card import Card
from tests.cast import FakeClassifier, a_card
from tests.hostile.uploads import hostile_uploads

FILES = 120


@dataclass
class BulkClassifier(FakeClassifier):
    card: Card = field(default_factory=a_card)

    def predict(self, photo: Photo) -> Prediction:
        return self.begin(photo).result()


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    files = []
    for number, upload in enumerate(hostile_uploads(FILES, seed=5)):
        files.append(folder / f"{number}.jpg")
        files[-1].write_bytes(upload.data)
    write_predictions(BulkClassifier(), files, folder / "out.csv")
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_hostile_file_has_its_row(rows):
    assert len(rows) == FILES


def test_every_row_has_an_answer_or_a_reason_and_never_both(rows):
    assert [row["file"] for row in rows if bool(row["predicted"]) == bool(row["error"])] == []
    assert {bool(row["error"]) for row in rows} == {True, False}
