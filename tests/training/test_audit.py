"""The audit finds each kind of trouble in a set that has it, and none in one that doesn't."""

import csv
import json
import os

import pytest
from PIL import Image

from skinapp.model.card import read_card, write_card
from skinapp.synthetic import draw_lesion
from skinapp.training.audit_command import audit, main
from tests.cast import a_card

CLASSES = ("melanoma", "nevus")


def draw(path, kind, seed, size=(120, 90)):
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_lesion(kind, seed=seed, width_px=size[0], height_px=size[1]).save(path, quality=90)


@pytest.fixture
def folders(tmp_path):
    root = tmp_path / "set"
    for part, first in (("Train", 0), ("Test", 10)):
        for kind in CLASSES:
            for seed in range(first, first + 3):
                draw(root / part / kind / f"{kind}{seed}.jpg", kind, seed, (200, 150))
    return root


@pytest.fixture
def table_set(tmp_path):
    root = tmp_path / "ham"
    rows = [
        ("L1", "a", "nv", "histo", "45.0", "female", "back"),
        ("L2", "b", "mel", "histo", "70.0", "male", "face"),
        ("L3", "c", "nv", "follow_up", "", "unknown", "back"),
    ]
    for seed, row in enumerate(rows):
        draw(root / "part_1" / f"{row[1]}.jpg", "nevus", seed, (200, 150))
    return root, rows


def write_table(root, rows):
    with (root / "HAM10000_metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"])
        table.writerows(rows)


def audited(root, tmp_path, *options):
    out = tmp_path / "report"
    code = main([str(root), "--out", str(out), "--least-images", "1", *options])
    report = json.loads((tmp_path / "report.json").read_text()) if code < 2 else {}
    return code, {finding["check"]: finding for finding in report.get("findings", [])}


def test_a_clean_set_has_no_findings(folders, tmp_path):
    assert audited(folders, tmp_path) == (0, {})


def test_one_picture_in_two_classes_is_an_error_with_both_names(folders, tmp_path):
    source = folders / "Train" / "nevus" / "nevus1.jpg"
    copy = folders / "Train" / "melanoma" / "other.png"
    copy.write_bytes(source.read_bytes())
    code, found = audited(folders, tmp_path)
    assert code == 1
    assert found["picture_in_two_classes"]["items"] == [
        ["Train/melanoma/other.png", "Train/nevus/nevus1.jpg"]
    ]
    assert found["byte_identical"]["files"] == 2


def test_a_squeezed_copy_across_train_and_test_is_an_error(folders, tmp_path):
    with Image.open(folders / "Train" / "nevus" / "nevus1.jpg") as image:
        image.resize((130, 130)).save(folders / "Test" / "nevus" / "small.jpg")
    code, found = audited(folders, tmp_path)
    assert code == 1
    assert found["picture_across_parts"]["items"] == [
        ["Test/nevus/small.jpg", "Train/nevus/nevus1.jpg"]
    ]
    assert found["near_identical"]["items"][0][2] == "same frame"


def test_an_unreadable_file_is_an_error(folders, tmp_path):
    (folders / "Train" / "nevus" / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    code, found = audited(folders, tmp_path)
    assert code == 1
    assert found["unreadable"]["items"][0][0] == "Train/nevus/cut.jpg"


def test_images_of_another_set_are_found_in_ours(folders, tmp_path):
    draw(tmp_path / "theirs" / "nevus" / "x.jpg", "nevus", 50, (448, 336))
    draw(tmp_path / "theirs" / "nevus" / "y.jpg", "nevus", 99, (448, 336))
    twin = folders / "Train" / "nevus" / "squeezed.jpg"
    with Image.open(tmp_path / "theirs" / "nevus" / "x.jpg") as image:
        image.resize((180, 180)).save(twin)
    code, found = audited(folders, tmp_path, "--against", str(tmp_path / "theirs"))
    assert code == 1
    assert found["also_elsewhere"]["files"] == 1
    assert found["also_elsewhere"]["items"][0][:2] == ["Train/nevus/squeezed.jpg", "nevus/x.jpg"]


def test_several_sets_are_compared_and_the_findings_go_into_the_card(folders, tmp_path):
    for name, seed in (("first", 0), ("second", 11)):
        draw(tmp_path / name / "nevus" / "x.jpg", "nevus", seed, (448, 336))
    model = tmp_path / "weights" / "fake-model"
    model.mkdir(parents=True)
    write_card(a_card(), model)
    options = ["--against", str(tmp_path / "first"), str(tmp_path / "second")]
    options += ["--into-model", "fake-model", "--weights", str(tmp_path / "weights")]
    code, _ = audited(folders, tmp_path, *options, "--name", "Some folders")
    audit = read_card(model).data_audit
    assert code == 1
    assert (audit.data, audit.files, audit.against) == ("Some folders", 12, ("first", "second"))
    elsewhere = [(each.title, each.files) for each in audit.findings if each.severity == "error"]
    assert elsewhere == [
        ("Images that are also in first", 1),
        ("Images that are also in second", 1),
    ]


def test_findings_for_a_model_that_is_not_there_are_refused(folders, tmp_path, capsys):
    options = ["--into-model", "none", "--weights", str(tmp_path)]
    assert main([str(folders), "--out", str(tmp_path / "x"), *options]) == 2
    assert "There is no model" in capsys.readouterr().out


def test_missing_metadata_is_counted_and_is_no_error(table_set, tmp_path):
    root, rows = table_set
    write_table(root, rows)
    code, found = audited(root, tmp_path)
    assert code == 0
    assert found["metadata_missing"]["items"] == [
        ["age", "1 of 3 images"],
        ["sex", "1 of 3 images"],
    ]


def test_metadata_that_cannot_be_is_named(table_set, tmp_path):
    root, rows = table_set
    write_table(root, [*rows[:2], ("L3", "c", "nv", "histo", "450", "x", "back")])
    _, found = audited(root, tmp_path)
    assert found["metadata_odd"]["items"] == [
        ["part_1/c.jpg", "age 450"],
        ["part_1/c.jpg", "sex x"],
    ]


def test_table_and_files_that_disagree_are_errors(table_set, tmp_path):
    root, rows = table_set
    write_table(root, [*rows[:2], rows[1], ("L9", "absent", "nv", "histo", "45", "male", "back")])
    code, found = audited(root, tmp_path)
    assert code == 1
    assert found["rows_without_file"]["items"] == [["absent"]]
    assert found["rows_twice"]["items"] == [["b"]]
    assert found["unlabelled"]["items"] == [["part_1/c.jpg"]]


def test_a_lesion_on_both_sides_of_a_split_is_an_error(table_set, tmp_path):
    root, rows = table_set
    write_table(root, [rows[0], ("L1", "b", "nv", "histo", "45", "male", "back"), rows[2]])
    split = tmp_path / "split.csv"
    split.write_text("image_id,lesion_id,dx,part\na,L1,nv,training\nb,L1,nv,test\n")
    code, found = audited(root, tmp_path, "--split", str(split))
    assert code == 1
    assert found["lesion_across_parts"]["items"] == [["part_1/a.jpg", "part_1/b.jpg"]]


def test_somebody_elses_list_in_an_old_encoding_does_not_end_the_audit(folders, tmp_path):
    (folders / "Geräte.csv").write_bytes("Gerät;Größe\n".encode("latin-1"))
    (folders / "gone.csv").symlink_to(tmp_path / "nowhere")
    assert audited(folders, tmp_path) == (0, {})


def test_a_table_in_an_old_encoding_is_refused_in_a_sentence(table_set, tmp_path, capsys):
    root, _ = table_set
    (root / "HAM10000_metadata.csv").write_bytes("image_id,dx\na,nävus\n".encode("latin-1"))
    assert audited(root, tmp_path)[0] == 2
    assert "HAM10000_metadata.csv, line 2: byte 0xe4 is no UTF-8" in capsys.readouterr().out


def test_a_row_that_is_cut_off_is_audited_for_what_it_says(table_set, tmp_path):
    root, rows = table_set
    write_table(root, [rows[0], rows[1], rows[2][:3]])
    code, found = audited(root, tmp_path)
    assert code == 0
    assert found["metadata_missing"]["items"][0] == ["age", "1 of 3 images"]


def test_a_split_file_of_another_kind_is_refused_in_a_sentence(table_set, tmp_path, capsys):
    root, rows = table_set
    write_table(root, rows)
    split = tmp_path / "split.csv"
    split.write_text("image,fold\na,1\n")
    assert audited(root, tmp_path, "--split", str(split))[0] == 2
    assert "split.csv has no column 'image_id'" in capsys.readouterr().out


def test_a_split_of_another_set_is_refused_and_not_passed_over(table_set, tmp_path, capsys):
    root, rows = table_set
    write_table(root, rows)
    split = tmp_path / "split.csv"
    split.write_text("image_id,lesion_id,dx,part\nx,L1,nv,training\n")
    assert audited(root, tmp_path, "--split", str(split))[0] == 2
    assert "has none of the images" in capsys.readouterr().out
    split.write_text("image_id,lesion_id,dx,part\na,L1,nv,tset\n")
    assert audited(root, tmp_path, "--split", str(split))[0] == 2
    assert "unknown part: 'tset'" in capsys.readouterr().out


def test_a_lesion_with_two_diagnoses_is_an_error(table_set, tmp_path):
    root, rows = table_set
    write_table(root, [rows[0], ("L1", "b", "mel", "histo", "45", "male", "back"), rows[2]])
    assert "lesion_in_two_classes" in audited(root, tmp_path)[1]


def test_small_classes_are_named(folders, tmp_path):
    code, found = audited(folders, tmp_path, "--least-images", "50")
    assert code == 0
    assert found["small_classes"]["items"] == [["melanoma", "6 images"], ["nevus", "6 images"]]


def test_the_page_names_what_was_found_and_escapes_it(folders, tmp_path):
    (folders / "Train" / "nevus" / "<b>cut.jpg").write_bytes(b"no picture")
    audited(folders, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "Files that cannot be read as a picture" in page
    assert "&lt;b&gt;cut.jpg" in page


@pytest.mark.parametrize("name", ["report.html", "report.json"])
def test_a_report_that_cannot_be_written_is_told_before_the_audit(
    folders, tmp_path, capsys, monkeypatch, name
):
    monkeypatch.setattr("skinapp.training.audit_command.take_inventory", None)
    (tmp_path / name).mkdir()
    assert audited(folders, tmp_path)[0] == 2
    assert f"{name}'" in capsys.readouterr().out


def test_an_audit_that_cannot_be_done_leaves_no_empty_report(tmp_path):
    assert audited(tmp_path / "nowhere", tmp_path)[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_name_that_is_no_utf_8_is_told_with_escapes(folders, tmp_path):
    (folders / "Train" / "nevus" / os.fsdecode(b"f\xfcnf.jpg")).write_bytes(b"no picture")
    code, found = audited(folders, tmp_path)
    assert code == 1
    assert found["unreadable"]["items"][0][0] == os.fsdecode(b"Train/nevus/f\xfcnf.jpg")
    assert r"f\udcfcnf.jpg" in (tmp_path / "report.html").read_text()


def test_findings_go_into_the_card_as_it_is_when_they_are_there(folders, tmp_path, monkeypatch):
    model = tmp_path / "weights" / "fake-model"
    model.mkdir(parents=True)
    write_card(a_card(), model)

    def while_the_card_changes(options):
        write_card(a_card().model_copy(update={"limits": ("Found meanwhile.",)}), model)
        return audit(options)

    monkeypatch.setattr("skinapp.training.audit_command.audit", while_the_card_changes)
    options = ["--into-model", "fake-model", "--weights", str(tmp_path / "weights")]
    assert audited(folders, tmp_path, *options)[0] == 0
    card = read_card(model)
    assert (card.limits, card.data_audit.files) == (("Found meanwhile.",), 12)


@pytest.mark.parametrize("layout", ["auto", "table"])
def test_what_is_no_set_is_not_audited(tmp_path, capsys, layout):
    code, _ = audited(tmp_path, tmp_path, "--layout", layout)
    assert code == 2
    assert "audit_data.py:" in capsys.readouterr().out
