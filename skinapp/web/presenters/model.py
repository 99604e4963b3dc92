"""The model page's words and tables."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.domain.engine import EngineReport
from skinapp.model.card import Card, InputShape, OperatingPointEntry, TrainingFacts
from skinapp.web.figures import FigureShelf
from skinapp.web.presenters.coverage import coverage_words
from skinapp.web.presenters.evaluation import (
    FigureWords,
    PartPage,
    figures_of,
    present_part,
)
from skinapp.web.presenters.metric_words import (
    humanise,
    network_words,
    part_words,
    point_words,
)
from skinapp.web.presenters.percent import measured_percent
from skinapp.web.presenters.rules import (
    confidence_words,
    naming_words,
    prior_words,
    which_remain,
)
from skinapp.web.presenters.split import SplitWords, split_words
from skinapp.web.presenters.trust import NoveltyWords, present_novelty

_ENGINE_NAMES = {"openvino": "OpenVINO", "torch": "PyTorch"}
# The honest figures first.
_PART_ORDER = ("test", "validation")


@dataclass(frozen=True, slots=True)
class PointRow:
    """An operating point as a row of a table; rates with their intervals, which may be empty."""

    name: str
    default: bool
    threshold: str
    sensitivity: tuple[str, str]
    specificity: tuple[str, str]
    measured: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class that the model can name."""

    code: str
    name: str
    description: str
    malignant: bool


@dataclass(frozen=True, slots=True)
class ModelPage:
    """What the model page says.  ``facts`` and ``training`` are pairs of term and text."""

    name: str
    version: str
    intended_use: str
    limits: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    classes: tuple[ClassRow, ...]
    training: tuple[tuple[str, str], ...]
    split: SplitWords
    splits: tuple[tuple[str, str, str], ...]
    points: tuple[PointRow, ...]
    confidence: str
    certainty: str
    prior: str
    naming: str
    coverage: tuple[str, ...]
    novelty: NoveltyWords | None
    parts: tuple[PartPage, ...]
    training_figures: tuple[FigureWords, ...]


def present_model(card: Card, figures: FigureShelf, engine: EngineReport) -> ModelPage:
    """Put a card into words."""
    parts = sorted(card.metrics, key=lambda part: (part not in _PART_ORDER, part))
    names = {label.code: label.name for label in card.labels}
    return ModelPage(
        name=card.name,
        version=card.version,
        intended_use=card.intended_use,
        limits=card.limits,
        facts=(*_facts(card), ("Computed by", _engine(engine))),
        classes=tuple(
            ClassRow(label.code, label.name, label.description, label.malignant)
            for label in card.labels
        ),
        training=_training(card),
        split=split_words(card.training),
        splits=_splits(card),
        points=tuple(
            _point(name, entry, default=name == card.default_operating_point)
            for name, entry in card.operating_points.items()
        ),
        confidence=confidence_words(card),
        certainty=which_remain(card),
        prior=prior_words(card),
        naming=naming_words(card),
        coverage=coverage_words(card),
        novelty=present_novelty(card),
        parts=tuple(
            present_part(part, card.metrics[part], names, figures_of(figures, part))
            for part in parts
        ),
        training_figures=figures_of(figures, "training"),
    )


def _facts(card: Card) -> tuple[tuple[str, str], ...]:
    created = f"{card.created.day} {card.created:%B %Y}"
    return (
        ("Network", network_words(card.architecture)),
        ("Sees", _sees(card.input)),
        ("Made", created),
        ("Version", card.version),
        ("Licence of the weights", card.licence),
        ("Calibration", _calibration(card)),
    )


def _sees(shape: InputShape) -> str:
    light = ", the colour of the light taken out" if shape.colour_constancy else ""
    return f"{shape.size_px} × {shape.size_px} pixels{light}"


def _calibration(card: Card) -> str:
    shares = " and the types’ shares" if prior_words(card) else ""
    return f"Temperature {card.temperature:.3f}{shares}, fitted on the validation part"


def _engine(engine: EngineReport) -> str:
    name = _ENGINE_NAMES.get(engine.name, engine.name)
    where = "" if engine.device == "cpu" else f" on {engine.device}"
    views = (
        ""
        if engine.views == 1
        else f"; each answer is the mean over {engine.views} turned or mirrored views of the "
        "photo, the figures below are those of one"
    )
    return f"{name} {engine.version}{where} in {engine.precision}: {engine.reason}{views}"


def _training(card: Card) -> tuple[tuple[str, str], ...]:
    facts = card.training
    return (
        ("Data", facts.data),
        ("Cite as", facts.data_citation),
        ("Licence of the data", facts.data_licence),
        ("Recipe", f"{facts.recipe} (fingerprint {facts.recipe_sha256[:12]}…){_after(facts)}"),
        ("Images seen", f"{facts.images_seen:,}"),
        ("Took", f"{facts.duration_minutes:,.0f} minutes on {facts.device}"),
    )


def _after(facts: TrainingFacts) -> str:
    return f", after {facts.earlier_recipe}" if facts.earlier_recipe else ""


def _splits(card: Card) -> tuple[tuple[str, str, str], ...]:
    facts = card.training
    home = [
        (
            humanise(part),
            f"{images:,}",
            f"{facts.lesions[part]:,}" if part in facts.lesions else "–",
        )
        for part, images in facts.images.items()
    ]
    # Other sets name no lesions; near-duplicates were kept together instead.
    others = [
        (f"{part_words(name)[0]}: {part}", f"{images:,}", "–")
        for name, parts in facts.other_images.items()
        for part, images in parts.items()
    ]
    return (*home, *others)


def _point(name: str, entry: OperatingPointEntry, *, default: bool) -> PointRow:
    return PointRow(
        name=point_words(name),
        default=default,
        threshold=measured_percent(entry.threshold),
        sensitivity=_with_interval(entry.sensitivity, entry.sensitivity_interval),
        specificity=_with_interval(entry.specificity, entry.specificity_interval),
        measured=f"{entry.images:,} images: {entry.measured_on}",
    )


def _with_interval(value: float, ends: tuple[float, float] | None) -> tuple[str, str]:
    if ends is None:
        return measured_percent(value), ""
    return measured_percent(value), f"{measured_percent(ends[0])} to {measured_percent(ends[1])}"
