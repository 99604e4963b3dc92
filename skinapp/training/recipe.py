"""A recipe: every decision that makes a model, in one committed TOML file."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Split(_Part):
    """Fractions of lesions, not of images."""

    validation_fraction: Annotated[float, Field(gt=0, lt=0.5)]
    test_fraction: Annotated[float, Field(gt=0, lt=0.5)]


class Input(_Part):
    """Normalisation, and the sizes among which the validation part chooses."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    validation_size_px: Annotated[int, Field(ge=32)]
    candidate_sizes_px: Annotated[tuple[int, ...], Field(min_length=1)]


class Phase(_Part):
    """A stretch of training at one input size."""

    size_px: Annotated[int, Field(ge=32)]
    steps: Annotated[int, Field(gt=0)]


class Freeze(_Part):
    """What keeps its pretrained values.

    ``stages`` counts the network's leading stages.  ``depthwise`` also keeps the spatial
    filters of depthwise convolutions: on a CPU their weight gradient costs 40 % of a step.
    """

    stages: Annotated[int, Field(ge=0)]
    depthwise: bool


class Extra(_Part):
    """A data set of other clinics beside the home set: its folder, and its share of the views.

    It has no lesion ids, so it is split by groups of near-duplicate images.
    """

    folder: str
    share: Annotated[float, Field(gt=0, lt=1)]
    validation_fraction: Annotated[float, Field(gt=0, lt=0.5)]
    test_fraction: Annotated[float, Field(gt=0, lt=0.5)]


class Degradation(_Part):
    """Chances and ranges of blur, compression and erased rectangles; nothing by default.

    ``blur_share`` is the largest Gaussian sigma as a share of the view's side,
    ``compression_quality`` a range of JPEG qualities, ``erase_area`` a share of the view's area.
    """

    blur_chance: Fraction = 0.0
    blur_share: Fraction = 0.01
    compression_chance: Fraction = 0.0
    compression_quality: tuple[int, int] = (30, 90)
    erase_chance: Fraction = 0.0
    erase_area: tuple[Positive, Positive] = (0.02, 0.2)


class Augmentation(_Part):
    """Ranges of the random changes; colour values are relative, hue is in turns.

    ``crop_scale`` is a share of the area of the centre square or of the whole frame.
    ``illuminant`` is the range of each colour channel's own gain, ``gamma`` that of the logarithm
    of the tone curve's exponent.
    """

    crop_of: Literal["square", "frame"]
    crop_scale: tuple[Fraction, Fraction]
    crop_ratio: tuple[Positive, Positive]
    flips: bool
    right_angles: bool
    brightness: Fraction
    contrast: Fraction
    saturation: Fraction
    hue: Annotated[float, Field(ge=0, le=0.5)]
    illuminant: Fraction = 0.0
    gamma: Fraction = 0.0
    degradation: Degradation = Degradation()


class Optimiser(_Part):
    """AdamW with warm-up and cosine decay, and an exponential moving average of the weights.

    The learning rate reaches 0 after ``decay_steps``; a run may end before.  ``mixup_alpha`` is
    the parameter of the Beta distribution that two images are mixed by (Zhang et al., "mixup",
    ICLR 2018); 0 mixes none.

    ``logit_adjustment`` is the part of each output's log share of the draws that the loss adds to
    its logit (Menon et al., "Long-tail learning via logit adjustment", ICLR 2021): at 1 the
    network learns what it would from equally many images of each, without being shown the few
    that there are over and over; 0 leaves the shares as they are drawn.
    """

    batch_size: Annotated[int, Field(gt=0)]
    learning_rate: Positive
    head_multiplier: Positive
    head_stages: tuple[str, ...]
    weight_decay: Annotated[float, Field(ge=0)]
    warmup_fraction: Fraction
    decay_steps: Annotated[int, Field(gt=0)]
    label_smoothing: Fraction
    sampling_exponent: Fraction
    ema_decay: Annotated[float, Field(gt=0, lt=1)]
    clip_norm: Positive
    mixup_alpha: Annotated[float, Field(ge=0)] = 0.0
    logit_adjustment: Fraction = 0.0


class Facts(_Part):
    """Words for the card; they don't change what is trained."""

    data: str
    data_citation: str
    data_licence: str
    weights_licence: str
    intended_use: str
    limits: tuple[str, ...]


class Recipe(_Part):
    """The whole recipe, checked when read.

    ``blends`` are the shares that the run's average may have in the final weights, the rest being
    the weights it started from; the validation part chooses.  With ``leaves`` the network learns
    the finest diagnoses there are, of which a class is the sum.  Where ``pretrained`` is empty the
    network starts from random weights.
    """

    name: str
    taxonomy: str
    architecture: str
    pretrained: str = ""
    fresh_head: bool
    leaves: bool = False
    seed: int
    split: Split
    extra: tuple[Extra, ...] = ()
    input: Input
    blends: Annotated[tuple[Fraction, ...], Field(min_length=1)] = (1.0,)
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    freeze: Freeze
    augmentation: Augmentation
    optimiser: Optimiser
    validate_every_steps: Annotated[int, Field(gt=0)]
    checkpoint_every_steps: Annotated[int, Field(gt=0)]
    facts: Facts

    @property
    def steps(self) -> int:
        """Optimiser steps over all phases."""
        return sum(phase.steps for phase in self.phases)

    @property
    def sizes_px(self) -> set[int]:
        """Every input size in pixels that the recipe names."""
        shape = self.input
        of_phases = (phase.size_px for phase in self.phases)
        return {*of_phases, *shape.candidate_sizes_px, shape.validation_size_px}

    def size_at(self, step: int) -> int:
        """Input size in pixels at a step counted from 0."""
        for phase in self.phases:
            if step < phase.steps:
                return phase.size_px
            step -= phase.steps
        return self.phases[-1].size_px

    def fingerprint(self) -> str:
        """SHA-256 of all that changes the weights; a checkpoint of another recipe is refused.

        What is at its default is left out, so that a new field does not orphan old checkpoints.
        """
        decisions = self.model_dump_json(exclude={"facts"}, exclude_defaults=True)
        return hashlib.sha256(decisions.encode()).hexdigest()

    @model_validator(mode="after")
    def _ranges_are_ordered(self) -> Recipe:
        for name in ("crop_scale", "crop_ratio"):
            low, high = getattr(self.augmentation, name)
            if low > high:
                raise ValueError(f"augmentation.{name}: {low} is above {high}")
        if sum(extra.share for extra in self.extra) >= 1:
            raise ValueError("extra: no share is left for the home set")
        if self.split.validation_fraction + self.split.test_fraction >= 1:
            raise ValueError("split: nothing is left to train on")
        return self

    @model_validator(mode="after")
    def _random_weights_learn(self) -> Recipe:
        if self.pretrained:
            return self
        if not self.fresh_head or self.freeze.stages or self.freeze.depthwise:
            raise ValueError("pretrained: without it all weights are random and have to learn")
        if self.blends != (1.0,):
            raise ValueError("blends: there are no pretrained weights to blend with")
        return self


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe.  Raises ``ValueError`` with what is wrong."""
    with path.open("rb") as file:
        return Recipe.model_validate(tomllib.load(file))
