"""A set put together from others keeps to their splits, and to what they know of its pictures."""

import shutil

import pytest

from skinapp.domain.lesions import agree
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable, read_labelled_images
from skinapp.evaluation.splits import PARTS
from skinapp.synthetic import draw_lesion
from skinapp.training.command import main as train
from skinapp.training.follow import Sighting, find_sightings, read_split, with_known_lesions
from skinapp.training.split import split_by_lesion
from skinapp.training.work_folder import write_split
from tests.training.conftest import CODES


@pytest.fixture(scope="module")
def followed(data_set, tmp_path_factory):
    """The known set's split, and the file that says so."""
    images = read_labelled_images([data_set], data_set / "HAM10000_metadata.csv", CODES)
    parts = split_by_lesion(images, validation_fraction=0.2, test_fraction=0.2, seed=5)
    path = tmp_path_factory.mktemp("known") / "split.csv"
    write_split(parts, path)
    return parts, path


def image(name, code, path, lesion_id=None):
    return LabelledImage(name, path, code, lesion_id or name)


def seen(part, code="nv", lesion="L1"):
    return Sighting(part, code, lesion)


def a_set_of(tmp_path, pictures):
    """Write pictures as ``{class/name: PIL image}`` into folders."""
    root = tmp_path / "folders"
    for name, picture in pictures.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(root / f"{name}.jpg", quality=80)
    return root


def split_of(recipe, data, tmp_path, known, *options):
    work = tmp_path / "work"
    arguments = ["--recipe", str(recipe), "--data", str(data), "--work", str(work)]
    arguments += ["--pretrained", str(tmp_path), "--layout", "folders", "--split-only"]
    assert train([*arguments, "--follow", *map(str, known), *options]) == 0
    rows = (row.split(",") for row in (work / "split.csv").read_text().splitlines()[1:])
    return {row[0]: (row[2], row[3]) for row in rows}


def test_a_split_read_back_is_the_one_that_was_written(data_set, followed):
    parts, path = followed
    assert read_split(data_set, path).sha256() == parts.sha256()


def test_a_split_of_another_set_is_refused(followed, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(LabelsUnreadable, match="does not fit"):
        read_split(tmp_path / "empty", followed[1])


@pytest.mark.parametrize(
    ("row", "reason"),
    [("mel0,Lmel0,mel,test\n", "several rows"), ("x,L,nv,test\n", "no file")],
)
def test_a_split_that_does_not_fit_the_set_is_refused(data_set, followed, tmp_path, row, reason):
    (tmp_path / "split.csv").write_text(followed[1].read_text() + row)
    with pytest.raises(LabelsUnreadable, match=f"does not fit .*{reason}"):
        read_split(data_set, tmp_path / "split.csv")


def test_an_unknown_part_is_refused(data_set, tmp_path):
    (tmp_path / "split.csv").write_text("image_id,lesion_id,dx,part\nmel0,Lmel0,mel,exam\n")
    with pytest.raises(LabelsUnreadable, match="unknown part: 'exam'"):
        read_split(data_set, tmp_path / "split.csv")


def test_a_split_that_was_cut_off_is_refused(data_set, followed, tmp_path):
    cut = tmp_path / "split.csv"
    cut.write_text(followed[1].read_text().rpartition(",")[0])
    with pytest.raises(LabelsUnreadable, match="row ends before 'part'"):
        read_split(data_set, cut)


def test_a_squeezed_copy_and_a_namesake_are_known_again(followed, tmp_path):
    copy = draw_lesion("nevus", seed=2, width_px=96, height_px=72).resize((80, 80))
    copy.save(tmp_path / "x.jpg")
    draw_lesion("vascular", seed=900, width_px=96, height_px=72).save(tmp_path / "mel3.jpg")
    draw_lesion("melanoma", seed=901, width_px=96, height_px=72).save(tmp_path / "new.jpg")
    ours = [image(name, "nv", tmp_path / f"{name}.jpg") for name in ("x", "mel3", "new")]
    found = find_sightings(ours, [followed[0]])
    assert [{each.lesion_id for each in sightings} for sightings in found] == [
        {"Lakiec2"},
        {"Lmel3"},
        set(),
    ]


def test_pictures_stand_in_the_part_in_which_the_network_saw_them(
    small_recipe_file, data_set, followed, tmp_path
):
    root = tmp_path / "folders"
    for found in (each for part in PARTS for each in followed[0].named(part)):
        (root / found.code).mkdir(parents=True, exist_ok=True)
        shutil.copy(found.path, root / found.code / f"renamed-{found.image_id}.jpg")
    rows = split_of(small_recipe_file, root, tmp_path, (data_set, followed[1]))
    there = {
        f"{each.code}/renamed-{each.image_id}": (each.code, part)
        for part in PARTS
        for each in followed[0].named(part)
    }
    assert rows == there


def test_a_conflict_is_settled_by_what_the_known_set_says(
    small_recipe_file, data_set, followed, tmp_path, capsys
):
    picture = draw_lesion("nevus", seed=402, width_px=96, height_px=72)  # the known set's mel2
    other = draw_lesion("nevus", seed=950, width_px=96, height_px=72)
    root = a_set_of(tmp_path, {"mel/a": picture, "nv/b": picture, "nv/c": other})
    rows = split_of(small_recipe_file, root, tmp_path, (data_set, followed[1]))
    assert {name: code for name, (code, _) in rows.items()} == {"mel/a": "mel", "nv/c": "nv"}
    assert "left out 1 images: Another set knows the picture" in capsys.readouterr().out


def test_of_two_opinions_on_a_part_the_more_cautious_counts():
    images = [image("a", "nv", None, "picture-a"), image("b", "nv", None, "picture-b")]
    kept, parts = with_known_lesions(
        images, [{seen("test"), seen("training", lesion="L2")}, {seen("test", lesion="L1")}]
    )
    assert parts == {"L1": "training"}
    assert [each.lesion_id for each in kept] == ["L1", "L1"]


def test_copies_share_what_is_known_of_one_of_them():
    images = [image(name, "nv", None, "picture-a") for name in "ab"]
    kept, parts = with_known_lesions(images, [set(), {seen("validation")}])
    assert [each.lesion_id for each in kept] == ["L1", "L1"]
    assert parts == {"L1": "validation"}


@pytest.mark.parametrize(
    ("code", "other", "same"),
    [
        ("nv", "nv", True),
        ("scc", "akiec", True),
        ("bkl", "sk", True),
        ("ak", "scc", False),
        ("nv", "akiec", False),
        ("sk", "mel", False),
    ],
)
def test_a_finer_diagnosis_agrees_with_its_class(code, other, same):
    assert agree(code, other) == same


def test_following_a_split_is_for_sets_of_folders(small_recipe_file, data_set, followed, tmp_path):
    arguments = ["--recipe", str(small_recipe_file), "--data", str(data_set)]
    arguments += ["--work", str(tmp_path), "--pretrained", str(tmp_path), "--split-only"]
    with pytest.raises(SystemExit, match="--layout folders"):
        train([*arguments, "--follow", str(data_set), str(followed[1])])


def test_lesions_of_which_one_picture_is_said_to_be_stand_in_one_part(tmp_path):
    """As HAM10000 has one picture under two lesions."""
    images = [image(name, "nv", tmp_path / name) for name in ("a", "b", "c")]
    sightings = [
        {seen("training", lesion="A"), seen("test", lesion="B")},
        {seen("test", lesion="B")},
        {seen("validation", lesion="C")},
    ]
    kept, parts = with_known_lesions(images, sightings)
    assert [each.lesion_id for each in kept] == ["A", "A", "C"]
    assert parts == {"A": "training", "C": "validation"}
