"""The audit on a public set that is known to be faulty; file names tell the truth about it."""

import json
import os
from collections import defaultdict
from pathlib import Path, PurePath

import pytest

from skinapp.training.audit_command import main

# Absolute, for the symbolic links that are made to it.
DATA = Path(
    os.environ.get("SKINAPP_DATA", Path(__file__).parents[3] / "shared" / "data")
).absolute()
# Reading all of HAM10000 would take a minute; every tenth image tells as much.
EVERY = 10

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def some_of_ham10000(tmp_path_factory):
    root = tmp_path_factory.mktemp("ham")
    (root / "any").mkdir()
    for path in sorted((DATA / "ham10000").rglob("ISIC_*.jpg"))[::EVERY]:
        (root / "any" / path.name).symlink_to(path)
    return root


@pytest.fixture(scope="module")
def found(some_of_ham10000, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "isic9"
    assert main([str(DATA / "isic9"), "--out", str(out), "--against", str(some_of_ham10000)]) == 1
    report = json.loads(out.with_suffix(".json").read_text())
    return {finding["check"]: finding["items"] for finding in report["findings"]}


@pytest.fixture(scope="module")
def files():
    return [path.relative_to(DATA / "isic9") for path in (DATA / "isic9").rglob("*.jpg")]


def test_every_file_that_stands_in_two_classes_is_found(found, files):
    classes = defaultdict(set)
    for path in files:
        classes[path.stem].add(path.parent.name)
    torn = {str(path) for path in files if len(classes[path.stem]) > 1}
    assert len(torn) == 310
    assert torn <= {name for group in found["picture_in_two_classes"] for name in group}


def test_every_file_that_is_also_in_ham10000_is_found(found, files, some_of_ham10000):
    shared = {path.stem for path in some_of_ham10000.rglob("*.jpg")}
    theirs = {str(path) for path in files if path.stem in shared}
    assert len(theirs) > 100
    assert theirs <= {item[0] for item in found["also_elsewhere"]}


def test_hardly_anything_else_is_taken_for_the_same_picture(found):
    wrong = [
        item
        for item in found["also_elsewhere"]
        if PurePath(item[0]).stem.split("(")[0] != PurePath(item[1]).stem
    ]
    assert len(wrong) <= 2
