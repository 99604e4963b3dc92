"""Tables that people bring, and what is said of those that can't be read."""

import pytest

from skinapp.evaluation.subgroups import read_metadata
from skinapp.evaluation.tables import LabelsUnreadable, read_table


@pytest.fixture
def table(tmp_path):
    return tmp_path / "table.csv"


def test_table_of_a_spreadsheet_with_its_byte_order_mark_is_read(table):
    table.write_bytes("\ufeffimage_id,dx,Größe\r\na,nv,3\r\n".encode())
    assert read_table(table, "image_id") == [{"image_id": "a", "dx": "nv", "Größe": "3"}]


def test_cell_that_nobody_asked_for_may_be_missing_or_too_many(table):
    table.write_text("image_id,dx,site\na,nv\nb,mel,arm,left\n")
    assert read_table(table, "image_id", "dx") == [
        {"image_id": "a", "dx": "nv", "site": ""},
        {"image_id": "b", "dx": "mel", "site": "arm"},
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "has no column 'image_id'"),
        (b"image_id;part\na;test\n", "has no column 'image_id'; it has: image_id;part"),
        (b"image_id,part,part\na,test,test\n", "has several columns 'part'"),
        (b"image_id,dx,part\na,nv,test\nb,nv\n", "line 3: the row ends before 'part'"),
        (b"image_id,part\na,test\nb,\xe9\n", "line 3: byte 0xe9 is no UTF-8"),
        (b"image_id,part\na," + b"x" * 200_000 + b"\n", "line 2: field larger than"),
        (b"x" * 200_000, "line 1: field larger than"),
    ],
)
def test_damage_is_named_with_the_file_and_its_place(table, data, reason):
    table.write_bytes(data)
    with pytest.raises(LabelsUnreadable) as refused:
        read_table(table, "image_id", "part")
    assert str(refused.value).startswith(str(table))
    assert reason in str(refused.value)


def test_table_that_says_nothing_of_patients_makes_no_subgroups(table):
    table.write_text("image,MEL,NV\na,1.0,0.0\n")
    with pytest.raises(LabelsUnreadable, match="has no column 'image_id'"):
        read_metadata(table)
