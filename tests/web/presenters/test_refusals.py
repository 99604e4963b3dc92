from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest

from skinapp.domain.errors import PhotoRefused, PhotoTooManyPixels
from skinapp.intake.formats import ACCEPTED
from skinapp.web.presenters.formats import accept_attribute, accepted_names
from skinapp.web.presenters.refusals import UNKNOWN_REFUSAL, refusal_words


def _all_kinds(kind):
    return [kind for below in kind.__subclasses__() for kind in (below, *_all_kinds(below))]


def _example(kind):
    return kind(**{field.name: 7 for field in fields(kind)}) if is_dataclass(kind) else kind()


@pytest.mark.parametrize("kind", _all_kinds(PhotoRefused))
def test_every_refusal_has_words_of_its_own(kind):
    assert refusal_words(_example(kind)) != UNKNOWN_REFUSAL


def test_no_two_refusals_sound_alike():
    kinds = _all_kinds(PhotoRefused)
    assert len({refusal_words(_example(kind)) for kind in kinds}) == len(kinds) > 6


def test_refusal_of_an_unknown_kind_still_has_words():
    assert refusal_words(PhotoRefused()) == UNKNOWN_REFUSAL


def test_every_accepted_format_is_named_and_offered():
    assert len(accepted_names().replace(" or ", ", ").split(", ")) == len(ACCEPTED)
    assert {"image/jpeg", ".heic"} <= set(accept_attribute().split(","))


@pytest.mark.parametrize(
    ("found", "told"), [(64.003, "64.01"), (64.14, "64.14"), (65.2, "65"), (100.0, "100")]
)
def test_photo_a_little_too_large_is_not_told_that_it_has_the_limit(found, told):
    words = refusal_words(PhotoTooManyPixels(megapixels=found, maximum_megapixels=64))
    assert f"{told} megapixels. At most 64 megapixels" in words
