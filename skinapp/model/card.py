"""A model's card: everything about it that is not a weight.  Imports no torch."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from skinapp.domain.assessment import CertaintyRule, Rules
from skinapp.domain.errors import ModelRefused
from skinapp.domain.lesions import LesionType
from skinapp.domain.triage import OperatingPoint
from skinapp.model.calibration import Calibration
from skinapp.model.data_entries import CleaningEntry, DataAuditEntry
from skinapp.model.trust_entries import NoveltyEntry, PredictionSetEntry, RarityEntry
from skinapp.model.whole_file import write_whole

CARD_FILE = "card.json"
WEIGHTS_FILE = "model.safetensors"
FIGURES_FOLDER = "figures"

Share = Annotated[float, Field(ge=0, le=1)]
SplitRule = Literal["", "lesion", "picture", "followed"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(_Part):
    """One class; its place in the card's list is its index in the logits."""

    code: str
    name: str
    malignant: bool
    description: str

    def lesion(self) -> LesionType:
        """The class as the domain knows it."""
        return LesionType(self.code, self.name, self.malignant, self.description)


class LeafEntry(_Part):
    """One output of a network that tells finer than its labels; ``label`` is the code it is in."""

    code: str
    name: str
    label: str


class InputShape(_Part):
    """What the network is shown: a square, normalised by channel (units of full scale)."""

    size_px: Annotated[int, Field(ge=32, le=1024)]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    colour_constancy: bool = False  # takes the colour of the light out before


class OperatingPointEntry(_Part):
    """A threshold on the malignant probability, and what it achieved where it was chosen.

    The intervals are 95 % ones over lesions; ``scripts/fit_trust.py`` adds them.  ``confidence``
    is the chance that the threshold finds at least as many of new lesions as its name says, had the
    network not been chosen on the same images; None where it was chosen without.
    """

    threshold: Share
    sensitivity: Share
    specificity: Share
    measured_on: str
    images: int
    sensitivity_interval: tuple[Share, Share] | None = None
    specificity_interval: tuple[Share, Share] | None = None
    confidence: Share | None = None

    def point(self) -> OperatingPoint:
        """The point as the domain knows it."""
        return OperatingPoint(**self.model_dump(exclude={"confidence"}))


class Certainty(_Part):
    """When the model counts as unsure, and how often it was right on either side."""

    unsure_below: Share
    candidate_mass: Share
    accuracy_when_sure: Share
    accuracy_when_unsure: Share
    share_unsure: Share

    def rule(self) -> CertaintyRule:
        """The rule as the domain knows it."""
        return CertaintyRule(self.unsure_below, self.candidate_mass)


class Estimate(_Part):
    """A measured value with its 95 % bootstrap interval and the number of images behind it."""

    value: float
    low: float
    high: float
    n: int


class SetMetrics(_Part):
    """How prediction sets of a level fared.

    ``coverage`` and ``per_class`` (by code) are the shares of images whose set holds the truth;
    ``mean_size`` is the mean number of classes in a set, ``single`` the share of sets of one,
    ``of_one`` and ``of_several`` are the coverage of these and the others, None without any.
    ``named_alone`` has, by code of the class in such a set of one, how often it was the truth.
    """

    level: Share
    coverage: Estimate
    per_class: dict[str, Estimate]
    mean_size: Estimate
    single: Estimate
    of_one: Estimate | None = None
    of_several: Estimate | None = None
    named_alone: dict[str, Estimate] = {}


class Metrics(_Part):
    """What one evaluation measured.

    ``overall`` and ``per_class`` (by code) map metric names to estimates; ``confusion`` has the
    true classes as rows and the named ones as columns, in the order of ``codes``.
    """

    data: str
    part: str
    images: int
    codes: tuple[str, ...]
    overall: dict[str, Estimate]
    per_class: dict[str, dict[str, Estimate]]
    confusion: tuple[tuple[int, ...], ...]
    sets: tuple[SetMetrics, ...] = ()


class TrainingFacts(_Part):
    """How the weights came to be.

    ``earlier_recipe`` made the weights that ``recipe`` started from; images and minutes count
    both.  ``images`` and ``lesions`` are those of the home set's parts, ``other_images`` those of
    each other set's.  ``split_rule`` says what of the home set never stands in two parts: a lesion;
    a picture with its copies; or a picture, with those that other sets hold in the part in which
    their lesion stands there (``followed``).  It is empty where that isn't known.
    ``recipe_sha256`` is the fingerprint of all in the recipe that changes the weights,
    ``split_sha256`` that of which image of the home set stands in which part; ``other_`` those of
    other sets, by name, ``earlier_`` those of other home sets that the start had learned from.
    """

    recipe: str
    recipe_sha256: str
    earlier_recipe: str = ""
    data: str
    data_citation: str
    data_licence: str
    images: dict[str, int]
    lesions: dict[str, int]
    other_images: dict[str, dict[str, int]] = {}
    split_rule: SplitRule = ""
    split_sha256: str = ""
    other_splits_sha256: dict[str, str] = {}
    earlier_splits_sha256: tuple[str, ...] = ()
    images_seen: int
    duration_minutes: float
    device: str


class Card(_Part):
    """The contract between weights and whoever serves them."""

    format_version: Literal[1] = 1
    name: str
    created: date
    architecture: str
    labels: Annotated[tuple[Label, ...], Field(min_length=2)]
    leaves: tuple[LeafEntry, ...] = ()
    input: InputShape
    temperature: Annotated[float, Field(gt=0)]
    operating_points: dict[str, OperatingPointEntry]
    default_operating_point: str
    certainty: Certainty
    prediction_sets: tuple[PredictionSetEntry, ...] = ()
    rarity: RarityEntry | None = None
    novelty: NoveltyEntry | None = None
    licence: str
    intended_use: str
    limits: tuple[str, ...]
    training: TrainingFacts
    data_audit: DataAuditEntry | None = None
    cleaning: tuple[CleaningEntry, ...] = ()
    metrics: dict[str, Metrics] = {}
    weights_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @model_validator(mode="after")
    def _names_agree(self) -> Card:
        codes = [label.code for label in self.labels]
        if len(set(codes)) != len(codes):
            raise ValueError("labels: a code stands twice")
        if self.leaves and {leaf.label for leaf in self.leaves} != set(codes):
            raise ValueError("leaves: they don't make up exactly the labels")
        if any(
            set(entry.least_probabilities) != set(codes) or not set(entry.confidence) <= set(codes)
            for entry in self.prediction_sets
        ):
            raise ValueError("prediction sets: their classes are not the labels")
        if self.rarity is not None and set(self.rarity.shares) != set(codes):
            raise ValueError("rarity: its classes are not the labels")
        if self.rarity is not None and not self.prediction_sets:
            raise ValueError("rarity: it names one type of a prediction set, and there is none")
        if self.default_operating_point not in self.operating_points:
            raise ValueError(f"operating point {self.default_operating_point!r} is not given")
        return self

    @property
    def version(self) -> str:
        """Short version: the first 12 digits of the weights' SHA-256."""
        return self.weights_sha256[:12]

    @property
    def lesions(self) -> tuple[LesionType, ...]:
        """The classes as the domain knows them, in the order of the logits."""
        return tuple(label.lesion() for label in self.labels)

    @property
    def class_of_output(self) -> tuple[int, ...]:
        """Index of the label that each of the network's outputs counts towards."""
        codes = [label.code for label in self.labels]
        if not self.leaves:
            return tuple(range(len(codes)))
        return tuple(codes.index(leaf.label) for leaf in self.leaves)

    @property
    def calibration(self) -> Calibration:
        """What makes probabilities of the network's logits."""
        codes = [label.code for label in self.labels]
        offsets = () if self.rarity is None else self.rarity.offsets(codes)
        return Calibration(self.temperature, offsets)

    @property
    def operating_point(self) -> OperatingPoint:
        """The point on which advice is based."""
        return self.operating_points[self.default_operating_point].point()

    @property
    def rules(self) -> Rules:
        """By what a prediction becomes an assessment."""
        codes = [label.code for label in self.labels]
        return Rules(
            operating_point=self.operating_point,
            certainty=self.certainty.rule(),
            sets=tuple(
                entry.rule(codes) for entry in sorted(self.prediction_sets, key=lambda e: e.level)
            ),
            novelty_threshold=None if self.novelty is None else self.novelty.threshold,
            naming=None if self.rarity is None else self.rarity.naming_rule(codes),
        )


def read_card(folder: Path) -> Card:
    """Read and check ``card.json``.  Raises :class:`ModelRefused` with a sentence."""
    path = folder / CARD_FILE
    try:
        return Card.model_validate_json(path.read_bytes())
    except OSError:
        raise ModelRefused(f"There is no model in {folder}: {CARD_FILE} can't be read") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ModelRefused(f"{path} is not a valid card: {where}: {first['msg']}") from None


def write_card(card: Card, folder: Path) -> None:
    """Write ``card.json``, whole or not at all."""
    write_whole(folder / CARD_FILE, card.model_dump_json(indent=2) + "\n")
