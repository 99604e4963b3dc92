"""The parts of a recipe: what each field means, and the range it may have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from skinapp.domain.symmetry import Symmetries

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """Unchangeable once read; a field that it doesn't know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fold(Part):
    """One of ``count`` folds of the training part's lesions, which the network doesn't see."""

    count: Annotated[int, Field(ge=2)]
    left_out: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _there_is_such_a_fold(self) -> Fold:
        if self.left_out >= self.count:
            raise ValueError(f"left_out: {self.left_out} is none of {self.count} folds from 0 on")
        return self


class Split(Part):
    """Fractions of lesions, not of images.

    ``fold`` takes images out of the training part, as cross-validation does; the other parts and
    the split's fingerprint stay what they are.  All images of the classes in ``unseen`` stand in
    the test part: the network never learns them, and what it makes of a lesion type that it does
    not know can be measured.
    """

    validation_fraction: Annotated[float, Field(gt=0, lt=0.5)]
    test_fraction: Annotated[float, Field(gt=0, lt=0.5)]
    fold: Fold | None = None
    unseen: tuple[str, ...] = ()


class Input(Part):
    """Normalisation, and the sizes among which the validation part chooses.

    With ``colour_constancy`` the colour of the light is taken out of each picture, before its
    views are coloured at random; see :mod:`skinapp.model.colour_constancy`.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    colour_constancy: bool = False
    validation_size_px: Annotated[int, Field(ge=32)]
    candidate_sizes_px: Annotated[tuple[int, ...], Field(min_length=1)]


class Phase(Part):
    """A stretch of training at one input size."""

    size_px: Annotated[int, Field(ge=32)]
    steps: Annotated[int, Field(gt=0)]


class Freeze(Part):
    """What keeps its pretrained values.

    ``stages`` counts the network's leading stages.  ``depthwise`` also keeps the spatial
    filters of depthwise convolutions: on a CPU their weight gradient costs 40 % of a step.
    """

    stages: Annotated[int, Field(ge=0)]
    depthwise: bool


class Extra(Part):
    """A data set of other clinics beside the home set: its folder, and its share of the views.

    It has no lesion ids, so it is split by groups of near-duplicate images.  Where it is not
    ``taught``, the labels alone tell what its images are, and no teacher does.
    """

    folder: str
    share: Annotated[float, Field(gt=0, lt=1)]
    validation_fraction: Annotated[float, Field(gt=0, lt=0.5)]
    test_fraction: Annotated[float, Field(gt=0, lt=0.5)]
    taught: bool = True


class Degradation(Part):
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


class Augmentation(Part):
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


class Optimiser(Part):
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


class Teacher(Part):
    """Trained networks that the network learns from beside the labels.

    Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015.  The loss is
    ``1 - share`` of the labels' and ``share`` of temperature squared times the divergence of the
    network from the mean of its teachers, both softened by the temperature.  Teachers see the
    same view as the network, crops, colour and mixing included (Beyer et al., "Knowledge
    distillation: a good teacher is patient and consistent", CVPR 2022), and their answers are
    averaged over that many of its ``symmetries``: 2 are the view and its mirror image, 8 all of
    the square.

    ``weights`` names files (``.safetensors``, as runs write them) and model folders.  With
    ``folds`` they are that many networks, each trained without another fold, and an image is
    taught only by those that have not been trained on it; at 0 all teach everything.
    """

    weights: Annotated[tuple[str, ...], Field(min_length=1)]
    temperature: Positive
    share: Annotated[float, Field(gt=0, le=1)]
    symmetries: Symmetries = 1
    folds: Annotated[int, Field(ge=0)] = 0


class Adversary(Part):
    """A classifier that learns to tell which set an image is from; the features learn to hide it.

    ``weight`` is that of its reversed gradient, ``hidden`` the width of its one hidden layer and
    ``learning_rate`` its own peak; see :mod:`skinapp.training.adversary`.
    """

    weight: Positive
    hidden: Annotated[int, Field(gt=0)]
    learning_rate: Positive


class Facts(Part):
    """Words for the card; they don't change what is trained."""

    data: str
    data_citation: str
    data_licence: str
    weights_licence: str
    intended_use: str
    limits: tuple[str, ...]
