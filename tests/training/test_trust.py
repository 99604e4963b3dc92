"""Fitting sets and novelty into a model's folder, and serving what was fitted."""

import csv
import shutil

import numpy as np
import pytest

from skinapp.domain.errors import ModelRefused
from skinapp.domain.photo import PhotoLimits
from skinapp.evaluation.splits import fingerprint, in_order, read_split_rows
from skinapp.intake.decode import decode_photo
from skinapp.model.card import FIGURES_FOLDER, Metrics, read_card, write_card
from skinapp.model.classifier import load_classifier
from skinapp.model.novelty import NOVELTY_FILE
from skinapp.synthetic import KINDS, lesion_jpeg
from skinapp.training.foreign import drawn, photographs
from skinapp.training.trust import divided
from skinapp.training.trust_command import SEED, main
from tests.cast import a_card
from tests.model_folders import write_model_folder

LIMITS = PhotoLimits(10_000_000, 64, 32, 1600)
CODES = {"nevus": "nv", "melanoma": "mel", "keratosis": "bkl", "vascular": "vasc"}
IMAGES = {"training": 24, "validation": 12}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Drawn lesions with a split file, and a folder of foreign pictures."""
    root = tmp_path_factory.mktemp("data")
    rows = []
    for part, count in IMAGES.items():
        for number in range(count):
            kind = KINDS[number % len(KINDS)]
            name = f"{part}-{number}"
            photo = lesion_jpeg(
                kind, seed=number + 100 * (part == "validation"), width_px=96, height_px=72
            )
            (root / f"{name}.jpg").write_bytes(photo)
            rows.append([name, name, CODES[kind], part])
    with (root / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["image_id", "lesion_id", "dx", "part"], *rows])
    return root


def know(folder, split):
    """Let the model say that it was trained on a split."""
    card = read_card(folder)
    known = fingerprint((row.part, row.image_id) for row in in_order(read_split_rows(split)))
    training = card.training.model_copy(update={"split_sha256": known})
    write_card(card.model_copy(update={"training": training}), folder)


@pytest.fixture(scope="module")
def once_fitted(tmp_path_factory, random_network, data):
    weights = tmp_path_factory.mktemp("weights")
    (weights / "m").mkdir()
    write_model_folder(weights / "m", random_network)
    know(weights / "m", data / "split.csv")
    options = ["--model", "m", "--weights", str(weights), "--engine", "torch"]
    sources = ["--data", str(data), "--split", str(data / "split.csv"), "--each", "1"]
    assert main([*options, *sources]) == 0
    return weights / "m"


@pytest.fixture
def fitted(tmp_path, once_fitted):
    return shutil.copytree(once_fitted, tmp_path / "m")


@pytest.fixture
def photo():
    return decode_photo(lesion_jpeg("nevus", seed=3, width_px=96, height_px=72), LIMITS)


def test_card_tells_what_was_fitted(fitted):
    card = read_card(fitted)
    assert card.novelty.images == IMAGES["validation"]
    assert card.novelty.kept >= 0.9
    assert [entry.level for entry in card.prediction_sets] == [0.90, 0.95]
    assert card.rarity.images == IMAGES["validation"]
    # A quarter is of each of the four types that were drawn.
    assert set(card.rarity.shares.values()) == {0.25}
    assert card.temperature != a_card().temperature
    assert card.certainty != a_card().certainty
    for point in card.operating_points.values():
        low, high = point.specificity_interval
        assert low <= point.specificity <= high


def test_fitting_again_changes_nothing(fitted, data):
    card = read_card(fitted)
    options = ["--model", "m", "--weights", str(fitted.parent), "--engine", "torch", "--each", "1"]
    assert main([*options, "--data", str(data), "--split", str(data / "split.csv")]) == 0
    assert read_card(fitted) == card


def test_operating_point_that_can_not_be_chosen_anew_is_refused(fitted, data, capsys):
    card = read_card(fitted)
    points = {**card.operating_points, "own": card.operating_points[card.default_operating_point]}
    write_card(card.model_copy(update={"operating_points": points}), fitted)
    options = ["--model", "m", "--weights", str(fitted.parent), "--engine", "torch", "--each", "1"]
    assert main([*options, "--data", str(data), "--split", str(data / "split.csv")]) == 2
    assert "operating point 'own' can't be chosen anew" in capsys.readouterr().out


def test_kinds_of_the_final_figure_had_no_part_in_the_choice(fitted):
    choosing, final = divided([*drawn(SEED, 1), *photographs(SEED, 1)], SEED)
    assert set(read_card(fitted).novelty.chosen_with) == {picture.kind for picture in choosing}
    measured = set(read_card(fitted).novelty.far)
    assert measured == {picture.kind for picture in final}
    assert measured.isdisjoint(picture.kind for picture in choosing)


def test_fitted_model_scores_a_photo_as_it_was_fitted(fitted, photo):
    prediction = load_classifier(fitted).predict(photo)
    assert np.isfinite(prediction.novelty_score)


def test_statistics_that_are_not_the_cards_are_refused(fitted):
    with (fitted / NOVELTY_FILE).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelRefused, match=r"run scripts/fit_trust\.py again"):
        load_classifier(fitted)


def test_missing_statistics_are_refused(fitted):
    (fitted / NOVELTY_FILE).unlink()
    with pytest.raises(ModelRefused, match=r"no novelty\.safetensors"):
        load_classifier(fitted)


def test_model_without_novelty_is_served_and_refuses_nothing(model_folder, photo):
    assert load_classifier(model_folder).predict(photo).novelty_score is None


def test_image_without_a_file_is_told_by_name(tmp_path, once_fitted, data, capsys):
    split = tmp_path / "split.csv"
    split.write_text("image_id,lesion_id,dx,part\nabsent,a,nv,training\n")
    know(shutil.copytree(once_fitted, tmp_path / "m"), split)
    options = ["--model", "m", "--weights", str(tmp_path), "--engine", "torch"]
    assert main([*options, "--data", str(data), "--split", str(split)]) == 2
    assert "have no file, the first is absent" in capsys.readouterr().out


def test_split_on_which_the_model_was_not_trained_is_refused(tmp_path, fitted, data, capsys):
    split = tmp_path / "split.csv"
    lines = (data / "split.csv").read_text().splitlines()
    lines[1] = lines[1].replace(",training", ",test")
    split.write_text("\n".join(lines) + "\n")
    before = (fitted / "card.json").read_bytes()
    options = ["--model", "m", "--weights", str(fitted.parent), "--engine", "torch"]
    assert main([*options, "--data", str(data), "--split", str(split)]) == 2
    assert "not a split that fake-model was trained on" in capsys.readouterr().out
    assert (fitted / "card.json").read_bytes() == before


def test_validation_part_without_a_malignant_image_is_refused_and_nothing_is_lost(
    tmp_path, fitted, data, capsys
):
    rows = [row for row in (data / "split.csv").read_text().splitlines() if ",mel," not in row]
    split = tmp_path / "split.csv"
    split.write_text("\n".join(rows) + "\n")
    know(fitted, split)
    options = ["--model", "m", "--weights", str(fitted.parent), "--engine", "torch"]
    assert main([*options, "--data", str(data), "--split", str(split)]) == 2
    assert "no malignant image" in capsys.readouterr().out
    assert read_card(fitted).novelty is not None


def test_card_that_was_changed_meanwhile_is_left_alone(fitted, data, monkeypatch, capsys):
    def changed(pictures, seed):
        card = read_card(fitted)
        write_card(card.model_copy(update={"temperature": 9.0}), fitted)
        return divided(pictures, seed)

    monkeypatch.setattr("skinapp.training.trust_command.divided", changed)
    options = ["--model", "m", "--weights", str(fitted.parent), "--engine", "torch", "--each", "1"]
    assert main([*options, "--data", str(data), "--split", str(data / "split.csv")]) == 2
    assert "changed meanwhile" in capsys.readouterr().out
    assert (read_card(fitted).temperature, read_card(fitted).novelty is None) == (9.0, False)


@pytest.mark.parametrize("moved", [0.0, 1.0])
def test_figures_stay_in_the_card_only_while_its_thresholds_do(fitted, data, moved):
    card = read_card(fitted)
    novelty = card.novelty.model_copy(update={"threshold": card.novelty.threshold + moved})
    codes = tuple(label.code for label in card.labels)
    figures = Metrics(
        data="drawn", part="test", images=1, codes=codes, overall={}, per_class={}, confusion=()
    )
    write_card(card.model_copy(update={"novelty": novelty, "metrics": {"test": figures}}), fitted)
    measured = fitted / FIGURES_FOLDER / "test" / "subgroups.json"
    measured.parent.mkdir(parents=True)
    measured.write_text("[]")
    options = ["--model", "m", "--weights", str(fitted.parent), "--engine", "torch", "--each", "1"]
    assert main([*options, "--data", str(data), "--split", str(data / "split.csv")]) == 0
    assert read_card(fitted).metrics == ({} if moved else {"test": figures})
    assert measured.exists() != bool(moved)


def test_class_that_was_never_learned_is_measured_apart(tmp_path, once_fitted, data):
    with (data / "split.csv").open() as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        if row["dx"] == "vasc" or number % 5 == 0:
            row["part"] = "test"
    split = tmp_path / "split.csv"
    with split.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    folder = shutil.copytree(once_fitted, tmp_path / "m")
    know(folder, split)
    options = ["--model", "m", "--weights", str(tmp_path), "--engine", "torch", "--each", "1"]
    assert main([*options, "--data", str(data), "--split", str(split)]) == 0
    novelty = read_card(folder).novelty
    unseen = [row for row in rows if row["dx"] == "vasc"]
    assert novelty.near["unseen_vasc"].pictures == len(unseen)
    assert list(novelty.unseen_auroc) == ["vasc"]
    assert not any(kind == "learned" for kind in novelty.near)


def test_nothing_is_unseen_where_every_class_was_learned(fitted):
    novelty = read_card(fitted).novelty
    assert novelty.unseen_auroc == {}
    assert not any(kind.startswith("unseen") for kind in novelty.near)


def test_a_foreign_folder_that_is_not_there_is_told_before_the_long_work(
    fitted, data, monkeypatch, capsys
):
    def never(*_):
        raise AssertionError("an image was looked at")

    monkeypatch.setattr("skinapp.training.trust_command.look_at", never)
    options = ["--model", "m", "--weights", str(fitted.parent), "--engine", "torch", "--each", "1"]
    files = ["--data", str(data), "--split", str(data / "split.csv")]
    assert main([*options, *files, "--foreign", str(data / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().out


def test_what_fitting_needs_is_named_where_it_is_not_installed(fitted, data, monkeypatch, capsys):
    def absent(*_):
        raise ModuleNotFoundError("No module named 'skimage'")

    monkeypatch.setattr("skinapp.training.trust_command.photographs", absent)
    options = ["--model", "m", "--weights", str(fitted.parent), "--engine", "torch", "--each", "1"]
    assert main([*options, "--data", str(data), "--split", str(data / "split.csv")]) == 2
    assert "needs requirements-train.txt and requirements-test.txt" in capsys.readouterr().out
