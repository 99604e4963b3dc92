"""What stands in a model's folder beside its card to show why it may be believed, or not.

``figures/data/facts.json`` says what it was trained on (``scripts/explore_data.py``),
``figures/<part>/subgroups.json`` how groups of patients fare (``scripts/robustness.py``), and
``clear_derm.toml`` is the report of its makers on themselves.  Each may be missing.
"""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import FIGURES_FOLDER, Estimate
from skinapp.model.whole_file import write_whole

DATA_FACTS = "data/facts.json"
SELF_REPORT = "clear_derm.toml"
TRAINING_CURVES = "training/training_curves.svg"
_SUBGROUPS = "subgroups.json"

Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClassFacts(_Part):
    """One class: images, lesions where they are known, images by part, mean colour (0 to 255)."""

    code: str
    images: Count
    lesions: Count | None
    parts: dict[str, Count]
    mean_rgb: tuple[float, float, float]


class Crossing(_Part):
    """Counts of one attribute's groups (rows) by class (columns, in the order of the classes)."""

    attribute: str
    groups: tuple[str, ...]
    counts: tuple[tuple[Count, ...], ...]


class Association(_Part):
    """Cramér's V of two attributes, 0 (independent) to 1, over the images that have both."""

    first: str
    second: str
    cramers_v: Annotated[float, Field(ge=0, le=1)]
    images: Count


class Cleaning(_Part):
    """A rule of the cleaning and how many values it changed."""

    attribute: str
    what: str
    values: Count


class Trouble(_Part):
    """A finding of the audit."""

    severity: Literal["error", "warning", "note"]
    title: str
    files: Count


class DataFacts(_Part):
    """A data set in numbers."""

    name: str
    images: Count
    classes: tuple[ClassFacts, ...]
    crossings: tuple[Crossing, ...]
    associations: tuple[Association, ...]
    sizes: dict[str, Count]
    cleaning: tuple[Cleaning, ...]
    audit: tuple[Trouble, ...]


class SubgroupFacts(_Part):
    """One group of patients or lesions and its figures; too small a group has none."""

    attribute: str
    group: str
    images: Count
    malignant: Count
    figures: dict[str, Estimate]


class SelfReportItem(_Part):
    """An item of a checklist: what it asks, how far it is met, and what there is to say."""

    item: str
    met: Literal["yes", "partly", "no"]
    text: str


class SelfReportPart(_Part):
    """Items under one heading."""

    heading: str
    items: tuple[SelfReportItem, ...]


class SelfReport(_Part):
    """A checklist filled in."""

    title: str
    source: str
    parts: tuple[SelfReportPart, ...]


class Evidence(_Part):
    """All of it; ``subgroups`` by part."""

    data: DataFacts | None = None
    subgroups: dict[str, tuple[SubgroupFacts, ...]] = {}
    self_report: SelfReport | None = None


def read_evidence(figures_dir: Path | None) -> Evidence:
    """Read what there is.  Raises :class:`ModelRefused` for a file that is not what it should be.

    ``figures_dir`` is the folder of figures in the model's folder; None holds nothing.
    """
    if figures_dir is None:
        return Evidence()
    data, report = figures_dir / DATA_FACTS, figures_dir.parent / SELF_REPORT
    groups = TypeAdapter(tuple[SubgroupFacts, ...])
    path = figures_dir
    try:
        found = {}
        for path in sorted(figures_dir.glob(f"*/{_SUBGROUPS}")):
            found[path.parent.name] = groups.validate_json(path.read_bytes())
        path = data
        facts = DataFacts.model_validate_json(data.read_bytes()) if data.is_file() else None
        path = report
        words = _read_self_report(report) if report.is_file() else None
    except (ValueError, OSError) as error:  # bad JSON, TOML or UTF-8 are ValueErrors
        reason = str(error).splitlines()[0]
        raise ModelRefused(f"{path} can't be read: {reason}") from None
    return Evidence(data=facts, subgroups=found, self_report=words)


def _read_self_report(path: Path) -> SelfReport:
    return SelfReport.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def write_data_facts(facts: DataFacts, figures_dir: Path) -> Path:
    """Write the facts about the training data into a model's folder; return the file."""
    path = figures_dir / DATA_FACTS
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, facts.model_dump_json(indent=1) + "\n")
    return path


def forget_measured(folder: Path) -> None:
    """Remove a model folder's figures of every part that was measured.

    What the data are like and how training went stays: it holds whatever is chosen afterwards.
    """
    figures = folder / FIGURES_FOLDER
    kept = {(figures / name).parent for name in (DATA_FACTS, TRAINING_CURVES)}
    for measured in set(figures.glob("*/")) - kept:
        shutil.rmtree(measured)
