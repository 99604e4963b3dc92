"""Tables typed by hand: each figure is that of a card, of a measurement or of the settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from skinapp.model.card import Card, read_card
from skinapp.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
CARDS = {path.parent.name: read_card(path.parent) for path in ROOT.glob("weights/*/card.json")}
DEFAULT = Settings.model_fields["model"].default

METRICS = {
    "accuracy": "accuracy",
    "balanced accuracy": "balanced_accuracy",
    "f1, mean over classes": "macro_f1",
    "auroc, mean over classes": "macro_auroc",
    "auroc, malignant": "malignant_auroc",
    "auroc, malignant against benign": "malignant_auroc",
    "sensitivity for malignant, at the threshold in use": "malignant_sensitivity",
    "specificity for malignant, at the threshold in use": "malignant_specificity",
    "ece": "expected_calibration_error",
    "calibration error": "expected_calibration_error",
    "expected calibration error, top class": "expected_calibration_error",
    "calibration error, malignant probability": "malignant_calibration_error",
}


def _table(text: str, start: str) -> list[dict[str, str]]:
    """The rows below the only head that starts so, by the names of their columns."""
    [found] = re.findall(rf"^{re.escape(start)}.*\n(?:\|.*\n)+", text, flags=re.MULTILINE)
    head, _, *rows = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in found.splitlines()
    )
    return [dict(zip(head, row, strict=True)) for row in rows]


def _told(card: Card, part: str, name: str) -> str:
    """What a card says under the name that a table has for it."""
    measured = card.metrics[part]
    if name in {"images", "untouched images"}:
        return f"{measured.images:,}"
    if name == "AUROC, melanoma":
        found = measured.per_class["mel"]["auroc"]
    else:
        found = measured.overall[METRICS[name.lower()]]
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _all_told(card: Card, part: str, row: dict[str, str], *besides: str) -> dict[str, str]:
    """The row as the card has it; what stands in other columns (``besides``) is left alone."""
    return {name: row[name] if name in besides else _told(card, part, name) for name in row}


@pytest.mark.parametrize(
    "row", _table(README, "| | untouched test part |"), ids=lambda row: row[""]
)
def test_each_figure_of_the_default_model_is_that_of_its_card(row: dict[str, str]):
    name, card = row[""], CARDS[DEFAULT]
    assert row == {
        "": name,
        "untouched test part": _told(card, "test", name),
        "ISIC 2018 validation images": _told(card, "isic2018_validation", name),
        "other clinics, kept apart": _told(card, "isic2019_msk", name),
    }


@pytest.mark.parametrize(
    ("words", "code"), [("nevus alone is right", "nv"), ("melanoma", "mel"), ("keratosis", "bkl")]
)
def test_how_often_a_name_alone_was_right_is_what_the_card_says(words: str, code: str):
    [told] = re.findall(rf"{words} in (\d+\.\d) % \((?:other clinics )?(\d+\.\d) %\)", README)
    found = []
    for part in ("test", "isic2019_msk"):
        [sets] = [each for each in CARDS[DEFAULT].metrics[part].sets if each.level == 0.9]
        found.append(f"{100 * sets.named_alone[code].value:.1f}")
    assert list(told) == found


def test_every_shipped_model_stands_among_all_models_once():
    rows = _table(README, "| model | types |")
    assert sorted(row["model"].strip("`") for row in rows) == sorted(CARDS)


@pytest.mark.parametrize("row", _table(README, "| model | types |"), ids=lambda row: row["model"])
def test_each_figure_of_every_model_is_that_of_its_card(row: dict[str, str]):
    card = CARDS[row["model"].strip("`")]
    assert row["types"] == str(len(card.labels))
    assert row == _all_told(card, "test", row, "model", "types")


@pytest.mark.parametrize(
    ("architecture", "model"),
    [
        ("EfficientNet-B4", "ham10000-efficientnet-b4"),
        ("EfficientNet-B0", "ham10000-efficientnet-b0"),
    ],
)
def test_architectures_that_are_shipped_have_the_figures_of_their_cards(
    architecture: str, model: str
):
    rows = _table(RESULTS, "| architecture | parameters |")
    [row] = [row for row in rows if row["architecture"] == architecture]
    elsewhere = "other clinics: AUROC, malignant"
    of_the_run = ("architecture", "parameters", "starts from", "views seen, size", "time")
    assert row == _all_told(CARDS[model], "validation", row, *of_the_run, elsewhere)
    assert row[elsewhere] == _told(CARDS[model], "isic2019_msk_validation", "AUROC, malignant")


@pytest.mark.parametrize("row", _table(RESULTS, "| part | images |"), ids=lambda row: row["part"])
def test_figures_of_the_folders_are_those_of_their_card(row: dict[str, str]):
    part = {"validation": "validation", "untouched": "test"}[row["part"]]
    assert row == _all_told(CARDS["isic9-efficientnet-b4"], part, row, "part")


def test_speed_beside_the_usual_app_is_that_of_the_measurement():
    path = ROOT / "docs" / "measured" / DEFAULT / "serve.json"
    expected = []
    for row in json.loads(path.read_text(encoding="utf-8"))["rows"]:
        usual, ours = row["naive"], row["skinapp"]
        rates = usual["requests_per_s"], ours["requests_per_s"]
        expected.append(
            {
                "photo": row["photo"],
                "at once": str(row["concurrency"]),
                "usual app": f"{rates[0]:.1f}",
                "skinapp": f"{rates[1]:.1f}",
                "ratio": f"{rates[1] / rates[0]:.1f}",
                "p50, usual app": f"{usual['p50_ms']:.0f} ms",
                "p50, skinapp": f"{ours['p50_ms']:.0f} ms",
                "p95, usual app": f"{usual['p95_ms']:.0f} ms",
                "p95, skinapp": f"{ours['p95_ms']:.0f} ms",
            }
        )
    assert _table(README, "| photo | at once | usual app |") == expected


def test_defaults_that_are_numbers_are_those_of_the_settings():
    documented = {row["variable"]: row["default"] for row in _table(README, "| variable |")}
    defaults = {
        f"`SKINAPP_{name.upper()}`": f"{field.default:g}"
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, int | float)
    }
    assert {name: documented[name] for name in defaults} == defaults
