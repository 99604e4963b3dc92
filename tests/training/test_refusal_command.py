"""Counting how many foreign pictures a model refuses."""

import csv

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from skinapp.model.card import read_card, write_card
from skinapp.model.novelty import NOVELTY_FILE
from skinapp.model.trust_entries import RefusalCount
from skinapp.model.weights_file import sha256_of
from skinapp.training import refusal_command
from skinapp.training.refusal_command import main
from skinapp.training.trust import count_refused
from tests.cast import a_novelty

OF_BEFORE = {"chart": RefusalCount(refused=11, pictures=12)}


@pytest.fixture
def pictures(tmp_path):
    """Three pictures of two kinds."""
    folder = tmp_path / "pictures"
    (folder / "images").mkdir(parents=True)
    rows = [("one.png", "stamp"), ("two.png", "stamp"), ("three.png", "wallpaper")]
    for number, (name, _) in enumerate(rows):
        pixels = np.random.default_rng(number).integers(0, 256, (96, 128, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "images" / name)
    with (folder / "sources.csv").open("w", newline="") as table:
        csv.writer(table).writerows([("file", "category"), *rows])
    return folder


def refuse_above(folder, threshold, chosen_with=("flower",)):
    """Let a model judge by the energy of its logits alone."""
    statistics = folder / NOVELTY_FILE
    save_file({"scale.energy": np.array([0, 1], np.float32)}, statistics)
    entry = a_novelty(
        threshold=threshold,
        statistics_sha256=sha256_of(statistics),
        far=OF_BEFORE,
        chosen_with=chosen_with,
    )
    write_card(read_card(folder).model_copy(update={"novelty": entry}), folder)


def check(model_folder, *options):
    chosen = ["--model", model_folder.name, "--weights", str(model_folder.parent)]
    return main([*chosen, "--engine", "torch", "--pictures", *map(str, options)])


def test_pictures_that_are_not_refused_are_named(model_folder, pictures, capsys):
    refuse_above(model_folder, 1e9)
    assert check(model_folder, pictures) == 0
    told = capsys.readouterr().out
    assert "together: refused 0 of 3 (0.0%)" in told
    for name in ("one", "two", "three"):
        assert f"{pictures / 'images' / name}.png" in told


def test_refused_pictures_are_counted_by_kind(model_folder, pictures, capsys):
    refuse_above(model_folder, -1e9)
    assert check(model_folder, pictures) == 0
    told = capsys.readouterr().out
    assert "together: refused 3 of 3 (100.0%)" in told
    assert "taken for a dermoscopic image" not in told
    assert read_card(model_folder).novelty.further == {}


def test_counts_stand_in_the_card_beside_those_of_the_fit_where_that_is_asked_for(
    model_folder, pictures
):
    refuse_above(model_folder, -1e9)
    before = read_card(model_folder)
    for _ in range(2):  # again: nothing is counted twice
        assert check(model_folder, pictures, "--into-card") == 0
    after = read_card(model_folder)
    assert after.novelty.further == {
        "stamp": RefusalCount(refused=2, pictures=2),
        "wallpaper": RefusalCount(refused=1, pictures=1),
    }
    same = {"novelty": before.novelty}
    assert after.model_copy(update=same) == before


@pytest.mark.parametrize("kind", ["flower", "chart"])
def test_kinds_that_the_fit_had_get_into_no_card(model_folder, pictures, kind, capsys):
    refuse_above(model_folder, -1e9)
    table = pictures / "sources.csv"
    table.write_text(table.read_text().replace("wallpaper", kind))
    assert check(model_folder, pictures) == 0
    assert check(model_folder, pictures, "--into-card") == 2
    assert f"pictures of the kind '{kind}'" in capsys.readouterr().out
    assert read_card(model_folder).novelty.further == {}


def test_card_that_does_not_say_what_it_chose_with_takes_no_counts(model_folder, pictures, capsys):
    refuse_above(model_folder, -1e9, chosen_with=())
    assert check(model_folder, pictures, "--into-card") == 2
    assert "does not say which kinds" in capsys.readouterr().out
    assert read_card(model_folder).novelty.further == {}


def test_only_what_is_stranger_than_the_threshold_is_refused():
    scores = np.array([1.0, 3.0, 2.0, 2.5])
    assert count_refused(["b", "a", "b", "b"], scores, 2.0) == {
        "a": RefusalCount(refused=1, pictures=1),
        "b": RefusalCount(refused=1, pictures=3),
    }


def test_model_that_refuses_nothing_is_told(model_folder, pictures, capsys):
    assert check(model_folder, pictures) == 2
    assert "run fit_trust.py first" in capsys.readouterr().out


def test_folder_without_a_table_is_told(model_folder, tmp_path, capsys):
    refuse_above(model_folder, 0.0)
    assert check(model_folder, tmp_path) == 2
    assert "sources.csv" in capsys.readouterr().out


def test_table_without_a_row_is_told(model_folder, pictures, capsys):
    refuse_above(model_folder, 0.0)
    (pictures / "sources.csv").write_text("file,category\n")
    assert check(model_folder, pictures) == 2
    assert "hold no pictures" in capsys.readouterr().out


def test_card_that_was_changed_meanwhile_is_left_alone(model_folder, pictures, monkeypatch, capsys):
    refuse_above(model_folder, 0.0)

    def counted(*arguments):
        card = read_card(model_folder)
        write_card(card.model_copy(update={"temperature": card.temperature * 2}), model_folder)
        return count_refused(*arguments)

    monkeypatch.setattr(refusal_command, "count_refused", counted)
    assert check(model_folder, pictures, "--into-card") == 2
    assert "was changed meanwhile" in capsys.readouterr().out
    assert read_card(model_folder).novelty.further == {}
