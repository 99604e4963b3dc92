"""The data page's words and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from skinapp.model.card import Card
from skinapp.model.data_entries import FindingEntry
from skinapp.model.evidence import Association, ClassFacts, Crossing, DataFacts, Trouble
from skinapp.web.presenters.metric_words import humanise, part_words
from skinapp.web.presenters.percent import measured_percent

_MOST_SIZES = 8
_PART_ORDER = ("training", "validation", "test")
_WORDS = {
    "site": "Body site",
    "confirmation": "Way of confirmation",
    "histo": "Histopathology",
    "histopathology": "Histopathology",
    "follow_up": "Follow-up",
    "consensus": "Expert consensus",
    "confocal": "Confocal microscopy",
}
_SEVERITIES = {"error": "Error", "warning": "Worth knowing", "note": "Note"}
# What counts as a large effect, w (Cohen, "Statistical power analysis for the behavioral sciences",
# 1988, chapter 7): V times the root of the number of groups, less one, of the attribute with fewer.
_LARGE_EFFECT = 0.5


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table: its title, the heads of its columns, rows of cells, and words below it."""

    slug: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class DataPage:
    """What the data page says; without facts there are no tables."""

    name: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[DataTable, ...]


def present_data(card: Card, facts: DataFacts | None) -> DataPage:
    """Put the facts about the training data into tables.

    The audit in the card also knows what the set shares with others, so it comes first.
    """
    words = (
        ("Data", card.training.data),
        *_others(card),
        ("Cite as", card.training.data_citation),
        ("Licence", card.training.data_licence),
    )
    found = _audit_of_card(card) or (_audit(facts.audit) if facts else None)
    tables = (*(_first_look(card, facts) if facts else ()), *_left_out(card))
    if found:
        tables = (*tables, found)
    lead = "This model came without figures about the images it was trained on."
    if facts:
        lead = (
            f"{facts.images:,} images of {facts.name}, in numbers. No image is shown or kept here."
        )
    return DataPage(card.name, lead, words, tuple(table for table in tables if table.rows))


def _others(card: Card) -> tuple[tuple[str, str], ...]:
    """The other sets that the model learned from, of which the tables say nothing."""
    words = [
        f"{part_words(name)[0]}: {parts['training']:,} images to train on. The tables below leave "
        "them out."
        for name, parts in card.training.other_images.items()
        if parts.get("training")
    ]
    return (("Beside them", " ".join(words)),) if words else ()


def _first_look(card: Card, facts: DataFacts) -> tuple[DataTable, ...]:
    names = {label.code: label.name for label in card.labels}
    return (
        _classes(facts, names),
        *(_crossing(crossing, facts) for crossing in facts.crossings),
        _associations(facts.associations),
        _colours(facts.classes, names),
        _sizes(facts),
        _cleaning(facts),
    )


def _words(name: str) -> str:
    """An attribute or group as people say it."""
    return _WORDS.get(name) or humanise(name)


def _classes(facts: DataFacts, names: dict[str, str]) -> DataTable:
    parts = _parts(facts)
    rows = tuple(
        (
            _with_code(found.code, names),
            f"{found.images:,}",
            measured_percent(found.images / facts.images),
            "–" if found.lesions is None else f"{found.lesions:,}",
            *(f"{found.parts.get(part, 0):,}" for part in parts),
        )
        for found in facts.classes
    )
    columns = ("Lesion type", "Images", "Share", "Lesions", *(humanise(part) for part in parts))
    return DataTable("classes", "Images by lesion type", columns, rows, _imbalance(facts, names))


def _with_code(code: str, names: dict[str, str]) -> str:
    # Where a set's folders are named by names, those are its codes.
    return f"{names[code]} ({code})" if code in names else humanise(code)


def _parts(facts: DataFacts) -> tuple[str, ...]:
    there = {part for found in facts.classes for part in found.parts}
    return (*(part for part in _PART_ORDER if part in there), *sorted(there - set(_PART_ORDER)))


def _imbalance(facts: DataFacts, names: dict[str, str]) -> str:
    filled = [found for found in facts.classes if found.images]
    if not filled:
        return ""
    most, least = (pick(filled, key=lambda found: found.images) for pick in (max, min))
    name, rare = (names.get(found.code, humanise(found.code)) for found in (most, least))
    return (
        f"For each image of “{rare}” there are {most.images / least.images:.0f} of “{name}”. A "
        f"model that always answered “{name}” would be right in "
        f"{measured_percent(most.images / facts.images)} and useless: go by the figures by type "
        "and by balanced accuracy. In training an image of a rare type counts for more."
    )


def _crossing(crossing: Crossing, facts: DataFacts) -> DataTable:
    # Seven names in a row are wider than a screen; the first table has them beside their codes.
    codes = tuple(found.code for found in facts.classes)
    rows = tuple(
        (_words(group), *(f"{count:,}" for count in counts))
        for group, counts in zip(crossing.groups, crossing.counts, strict=True)
    )
    heading = _words(crossing.attribute)
    title = f"{heading} by lesion type (images)"
    return DataTable(f"by-{crossing.attribute}", title, (heading, *codes), rows)


def _associations(found: tuple[Association, ...]) -> DataTable:
    rows = tuple(
        (
            f"{_words(each.first)} and {_words(each.second).lower()}",
            f"{each.cramers_v:.2f}",
            f"{each.images:,}",
        )
        for each in found
    )
    words = (
        "Cramér’s V, corrected for bias: 0 where two attributes are independent, 1 where one "
        f"settles the other. By Cohen’s mark it is large from {_large_from(2):.1f} on where the "
        f"attribute with fewer groups has two, from {_large_from(4):.2f} where it has four, from "
        f"{_large_from(7):.2f} where it has seven. What goes with the lesion type could mislead a "
        "model that learned it."
    )
    columns = ("Attributes", "Cramér’s V", "Images")
    return DataTable("associations", "What goes together", columns, rows, words)


def _large_from(groups: int) -> float:
    return _LARGE_EFFECT / sqrt(groups - 1)


def _colours(classes: tuple[ClassFacts, ...], names: dict[str, str]) -> DataTable:
    rows = tuple(
        (names.get(found.code, humanise(found.code)), *(f"{value:.0f}" for value in found.mean_rgb))
        for found in classes
    )
    columns = ("Lesion type", "Red", "Green", "Blue")
    title = "Mean colour, each channel from 0 to 255"
    return DataTable("colours", title, columns, rows)


def _sizes(facts: DataFacts) -> DataTable:
    ordered = sorted(facts.sizes.items(), key=lambda pair: -pair[1])
    rows = [(size.replace("x", "×"), f"{count:,}") for size, count in ordered[:_MOST_SIZES]]
    if ordered[_MOST_SIZES:]:
        rest = sum(count for _, count in ordered[_MOST_SIZES:])
        rows.append((f"{len(ordered) - _MOST_SIZES} other sizes", f"{rest:,}"))
    return DataTable("sizes", "Image sizes in pixels", ("Size", "Images"), tuple(rows))


def _cleaning(facts: DataFacts) -> DataTable:
    rows = tuple(
        (_words(step.attribute), humanise(step.what), f"{step.values:,}") for step in facts.cleaning
    )
    return DataTable("cleaning", "What was cleaned", ("Attribute", "Values", "How many"), rows)


def _left_out(card: Card) -> tuple[DataTable, ...]:
    rows = tuple((step.reason, f"{step.images:,}") for step in card.cleaning)
    left = sum(card.training.images.values())
    words = f"{left:,} images are left. The model learned from these and was measured on these."
    return (DataTable("left-out", "What was left out", ("Reason", "Images"), rows, words),)


def _audit_of_card(card: Card) -> DataTable | None:
    audit = card.data_audit
    if audit is None:
        return None
    words = f"{audit.files:,} files of {audit.data} were looked at, before anything was left out."
    if audit.against:
        words += f" They were compared with {' and '.join(audit.against)}."
    return _audit(audit.findings, words)


def _audit(findings: Sequence[FindingEntry | Trouble], words: str = "") -> DataTable:
    rows = tuple((each.title, _SEVERITIES[each.severity], f"{each.files:,}") for each in findings)
    columns = ("Finding", "How grave", "Files")
    return DataTable("audit", "What the audit found", columns, rows, words)
