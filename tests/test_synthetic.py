from __future__ import annotations

import io
import runpy
import sys

import numpy as np
import pytest
from PIL import Image

from skinapp.synthetic import KINDS, draw_lesion, lesion_jpeg


@pytest.mark.parametrize("kind", KINDS)
def test_lesion_is_darker_or_redder_than_its_skin(kind):
    pixels = np.asarray(draw_lesion(kind), float)
    height, width = pixels.shape[:2]
    middle = pixels[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8]
    skin = pixels[: height // 8, width // 4 : width * 3 // 4]
    assert skin[..., 1].mean() - middle[..., 1].mean() > 18


def test_same_arguments_draw_the_same_picture():
    assert draw_lesion("melanoma", seed=3) == draw_lesion("melanoma", seed=3)


def test_other_seed_draws_another_picture():
    assert draw_lesion("nevus", seed=1) != draw_lesion("nevus", seed=2)


def test_hairs_and_ruler_are_drawn_on_request():
    bare = np.asarray(draw_lesion(seed=1), int)
    dressed = np.asarray(draw_lesion(seed=1, hairs=True, ruler=True), int)
    assert np.mean(np.abs(bare - dressed).max(axis=2) > 40) > 0.01


def test_picture_has_the_requested_size():
    assert draw_lesion(width_px=1601, height_px=123).size == (1601, 123)


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no lesion of kind 'wart'"):
        draw_lesion("wart")


def test_jpeg_holds_the_picture():
    with Image.open(io.BytesIO(lesion_jpeg("vascular", width_px=320, height_px=240))) as image:
        assert (image.format, image.size) == ("JPEG", (320, 240))


def test_samples_are_written_into_a_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["draw_samples.py", str(tmp_path / "new"), "--per-kind=1", "--width=80"]
    )
    runpy.run_path("scripts/draw_samples.py", run_name="__main__")
    written = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert written == sorted(f"drawn-{kind}-1.jpg" for kind in KINDS)
    assert len(capsys.readouterr().out.splitlines()) == len(KINDS)


def test_no_sample_is_drawn_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(
        sys, "argv", ["draw_samples.py", str(tmp_path), "--per-kind=3", "--width=80"]
    )
    runpy.run_path("scripts/draw_samples.py", run_name="__main__")
    pictures = {path.read_bytes() for path in tmp_path.iterdir()}
    assert len(pictures) == 3 * len(KINDS)
