"""Scoring files into a CSV that other programs read."""

import csv
import os
import shutil
from dataclasses import replace

import pytest

from skinapp.domain.assessment import assess
from skinapp.domain.naming import NamingRule
from skinapp.domain.trust import SetRule
from skinapp.evaluation.predictions import _answer, main
from skinapp.model.card import CARD_FILE, WEIGHTS_FILE
from skinapp.synthetic import lesion_jpeg
from tests.cast import RULES, UNSURE, a_prediction

CLASSES = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(lesion_jpeg("nevus", width_px=200, height_px=160))
    (folder / "more" / "b.jpeg").write_bytes(lesion_jpeg("melanoma", width_px=200, height_px=160))
    (folder / "notes.txt").write_text("not a photo")
    return folder


@pytest.fixture
def predict(tmp_path, model_folder):
    copy = tmp_path / "weights" / "m"
    copy.mkdir(parents=True)
    for name in (CARD_FILE, WEIGHTS_FILE):
        shutil.copy(model_folder / name, copy)

    def run(*inputs):
        out = tmp_path / "predictions.csv"
        weights = ["--weights", str(tmp_path / "weights"), "--model", "m"]
        status = main([*map(str, inputs), "--out", str(out), *weights, "--engine", "torch"])
        with out.open(newline="") as file:
            return status, list(csv.DictReader(file))

    return run


def test_header_has_the_names_that_other_programs_rely_on(predict, photos):
    _, rows = predict(photos)
    probabilities = [f"p_{code}" for code in CLASSES]
    assert list(rows[0]) == [
        "file",
        "model",
        "predicted",
        *probabilities,
        "malignant_probability",
        "novelty",
        "refused",
        "prediction_set_90",
        "error",
    ]


def test_folder_gives_a_row_for_every_photo_below_it(predict, photos):
    status, rows = predict(photos)
    assert status == 0
    assert [row["file"] for row in rows] == [
        str(photos / "a.jpg"),
        str(photos / "more" / "b.jpeg"),
    ]


def test_row_holds_probabilities_that_agree_with_the_verdict(predict, photos):
    _, (row, *_) = predict(photos)
    by_code = {code: float(row[f"p_{code}"]) for code in CLASSES}
    assert sum(by_code.values()) == pytest.approx(1.0, abs=1e-5)
    assert row["predicted"] == max(by_code, key=by_code.get)
    malignant = by_code["akiec"] + by_code["bcc"] + by_code["mel"]
    assert float(row["malignant_probability"]) == pytest.approx(malignant, abs=1e-5)


def test_columns_that_the_card_knows_nothing_of_stay_empty(predict, photos):
    _, (row, *_) = predict(photos)
    assert (row["novelty"], row["refused"], row["prediction_set_90"]) == ("", "", "")


def test_answer_tells_novelty_refusal_and_the_set():
    rules = replace(RULES, sets=(SetRule(0.90, (0.25,) * 7),), novelty_threshold=1.0)
    assessment = assess(replace(a_prediction(UNSURE), novelty_score=1.5), rules, ())
    answer = _answer(assessment, rules.one_name(assessment))
    assert answer["novelty"] == "1.5000"
    assert answer["refused"] == "1"
    assert answer["prediction_set_90"] == "bkl|mel"


def test_predicted_is_the_one_name_of_the_types_in_the_set():
    sets, naming = (SetRule(0.90, (0.25,) * 7),), NamingRule((9.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0))
    rules = replace(RULES, sets=sets, naming=naming)
    assessment = assess(a_prediction(UNSURE), rules, ())
    answer = _answer(assessment, rules.one_name(assessment))
    assert (answer["predicted"], answer["prediction_set_90"]) == ("mel", "bkl|mel")


def test_bad_file_has_its_reason_and_the_run_goes_on(predict, photos):
    (photos / "empty.jpg").touch()
    (photos / "cut.jpg").write_bytes((photos / "a.jpg").read_bytes()[:900])
    (photos / "tiny.jpg").write_bytes(lesion_jpeg("nevus", width_px=20, height_px=16))
    with (photos / "slide.tif").open("wb") as slide:
        slide.truncate(600_000_000)  # a hole, which takes no room on the disk
    os.mkfifo(photos / "pipe.png")
    missing = photos / "missing.jpg"
    status, rows = predict(photos, photos / "notes.txt", missing)
    reasons = {row["file"].removeprefix(f"{photos}/"): row["error"] for row in rows}
    assert status == 1
    assert reasons == {
        "a.jpg": "",
        "cut.jpg": "file is damaged or incomplete",
        "empty.jpg": "file is empty",
        "missing.jpg": "No such file or directory",
        "more/b.jpeg": "",
        "notes.txt": "not a picture in an accepted format",
        "pipe.png": "Not a file",
        "slide.tif": "file has 600000000 bytes, the limit is 500000000",
        "tiny.jpg": "picture has 20 x 16 pixels, the shorter side needs 32",
    }


def test_name_that_no_disk_can_hold_has_its_reason_too(predict, photos):
    status, rows = predict(photos / ("x" * 300))
    assert status == 1
    assert rows[0]["error"] == "File name too long"


def test_folder_that_can_not_be_read_is_named(tmp_path, model_folder, photos, monkeypatch, capsys):
    def refuse(_):
        raise PermissionError(13, "Permission denied", str(photos / "more"))

    monkeypatch.setattr("skinapp.evaluation.predictions.image_files", refuse)
    weights = ["--weights", str(model_folder.parent), "--model", model_folder.name]
    options = [str(photos), "--out", str(tmp_path / "p.csv"), *weights, "--engine", "torch"]
    assert main(options) == 2
    assert "more: Permission denied" in capsys.readouterr().out


def test_name_that_is_no_utf_8_is_written_with_escapes(predict, photos):
    (photos / "a.jpg").rename(photos / os.fsdecode(b"M\xfcller.jpg"))
    status, rows = predict(photos)
    assert status == 0
    assert rows[0]["file"] == f"{photos}/M\\udcfcller.jpg"


def test_folder_in_place_of_the_table_is_refused_before_anything_is_scored(
    tmp_path, photos, capsys
):
    assert main([str(photos), "--out", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().out


def test_model_that_is_not_there_is_refused_with_a_sentence(tmp_path, photos, capsys):
    options = ["--out", str(tmp_path / "p.csv"), "--weights", str(tmp_path), "--model", "none"]
    assert main([str(photos), *options]) == 2
    assert "There is no model in" in capsys.readouterr().out
