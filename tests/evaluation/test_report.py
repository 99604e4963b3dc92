"""All figures of a card, on seven images whose figures are counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from skinapp.evaluation import report
from skinapp.evaluation.metrics import Scores
from skinapp.evaluation.report import measure
from skinapp.model.card import OperatingPointEntry
from skinapp.model.trust_entries import PredictionSetEntry
from tests.cast import a_card, a_novelty

# Of df, which stands second in the card, there is no image.
CODES = ("bkl", "df", "mel", "nv")
TRUE = ("nv", "nv", "nv", "nv", "mel", "mel", "bkl")
PROBABILITIES = np.array(
    [
        [0.1, 0.0, 0.1, 0.8],
        [0.2, 0.0, 0.2, 0.6],
        [0.1, 0.0, 0.6, 0.3],
        [0.37, 0.0, 0.28, 0.35],
        [0.1, 0.0, 0.7, 0.2],
        [0.2, 0.0, 0.3, 0.5],
        [0.5, 0.0, 0.1, 0.4],
    ]
)


# Sums of the gaps of bins, counted by hand.
CALIBRATION = {
    "bkl": round(1.57 / 7, 5),
    "mel": round(1.72 / 7, 5),
    "nv": round(3.05 / 7, 5),
}


def a_point(threshold):
    return OperatingPointEntry(
        threshold=threshold, sensitivity=0.9, specificity=0.9, measured_on="elsewhere", images=9
    )


@pytest.fixture
def card():
    card = a_card()
    by_code = {label.code: label for label in card.labels}
    sets = PredictionSetEntry(
        level=0.9,
        least_probabilities={"bkl": 0.15, "df": 0.9, "mel": 0.35, "nv": 0.35},
        measured_on="elsewhere",
        images=9,
    )
    return card.model_copy(
        update={
            "labels": tuple(by_code[code] for code in CODES),
            "operating_points": {
                "malignant_90": a_point(0.65),
                "malignant_95": a_point(0.25),
                "malignant_98": a_point(0.15),
            },
            "prediction_sets": (sets,),
            "novelty": a_novelty(),
        }
    )


@pytest.fixture
def scores(card):
    return Scores(
        targets=np.array([CODES.index(code) for code in TRUE]),
        probabilities=PROBABILITIES,
        malignant=np.array([label.malignant for label in card.labels]),
        groups=np.arange(7),
        novelty=np.array([0.0, 0.5, 1.5, 1.9, 2.0, 2.1, 9.0]),
    )


@pytest.fixture
def measured(card, scores, monkeypatch):
    monkeypatch.setattr(report, "REPLICATES", 20)
    return measure(scores, card, data="drawn", part="test")


def values(figures):
    return {name: (estimate.value, estimate.n) for name, estimate in figures.items()}


def test_each_class_has_its_own_figures_with_the_images_behind_them(measured):
    assert {code: values(figures) for code, figures in measured.per_class.items()} == {
        "bkl": {
            "sensitivity": (1.0, 1),
            "specificity": (0.83333, 6),
            "auroc": (1.0, 7),
            "calibration_error": (CALIBRATION["bkl"], 7),
        },
        "mel": {
            "sensitivity": (0.5, 2),
            "specificity": (0.8, 5),
            "auroc": (0.9, 7),
            "calibration_error": (CALIBRATION["mel"], 7),
        },
        "nv": {
            "sensitivity": (0.5, 4),
            "specificity": (0.66667, 3),
            "auroc": (0.66667, 7),
            "calibration_error": (CALIBRATION["nv"], 7),
        },
    }


def test_the_area_of_a_class_that_ranks_wholly_above_has_the_interval_of_its_lesions(measured):
    area = measured.per_class["bkl"]["auroc"]
    # One lesion: its luck says as good as nothing.
    assert (area.value, area.low, area.high) == (1.0, 0.025, 1.0)


def test_confusion_matrix_is_in_the_order_of_the_cards_labels(measured):
    assert measured.codes == CODES
    assert measured.confusion == ((1, 0, 0, 0), (0, 0, 0, 0), (0, 0, 1, 1), (1, 0, 1, 2))


def test_malignant_figures_are_those_at_the_cards_default_point(measured):
    figures = values(measured.overall)
    assert figures["malignant_sensitivity"] == (1.0, 2)
    assert figures["malignant_specificity"] == (0.6, 5)


def test_another_default_point_gives_other_malignant_figures(card, scores, monkeypatch):
    monkeypatch.setattr(report, "REPLICATES", 20)
    strict = card.model_copy(update={"default_operating_point": "malignant_90"})
    figures = values(measure(scores, strict, data="drawn", part="test").overall)
    assert figures["malignant_sensitivity"] == (0.5, 2)
    assert figures["malignant_specificity"] == (1.0, 5)


def test_images_are_kept_up_to_the_cards_novelty_threshold(measured):
    assert values(measured.overall)["kept_by_novelty"] == (0.71429, 7)


def test_each_class_has_the_coverage_of_its_own_sets(measured):
    (sets,) = measured.sets
    assert values({"all": sets.coverage, **sets.per_class}) == {
        "all": (0.71429, 7),
        "bkl": (1.0, 1),
        "mel": (0.5, 2),
        "nv": (0.75, 4),
    }
    assert (sets.mean_size.value, sets.single.value) == (1.57143, 0.42857)


def test_sets_of_one_class_have_a_coverage_of_their_own(measured):
    (sets,) = measured.sets
    assert values({"one": sets.of_one, "several": sets.of_several}) == {
        "one": (0.66667, 3),
        "several": (0.75, 4),
    }


def test_each_class_that_stood_alone_has_how_often_it_was_the_true_one(measured):
    (sets,) = measured.sets
    assert values(sets.named_alone) == {"mel": (0.5, 2), "nv": (1.0, 1)}


def test_no_figure_varies_where_all_photos_are_of_one_lesion(card, scores, monkeypatch):
    monkeypatch.setattr(report, "REPLICATES", 20)
    alike = replace(scores, groups=np.zeros(7, dtype=np.int64))
    measured = measure(alike, card, data="drawn", part="test")
    size = measured.sets[0].mean_size
    assert size.low == size.value == size.high
    # What is counted, and areas, have the exact interval of the one lesion instead.
    shares = [measured.per_class[code]["sensitivity"] for code in ("bkl", "mel", "nv")]
    shares += [measured.overall["malignant_auroc"], measured.per_class["nv"]["auroc"]]
    assert all(share.high - share.low == pytest.approx(0.975) for share in shares)
