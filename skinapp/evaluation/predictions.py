"""The command line of ``scripts/predict.py``: one row of a CSV for every file."""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from tqdm import tqdm

from skinapp.domain.assessment import Assessment, assess
from skinapp.domain.errors import (
    ModelRefused,
    PhotoColoursLost,
    PhotoEmpty,
    PhotoFormatUnknown,
    PhotoHasSeveralFrames,
    PhotoHighDynamicRange,
    PhotoRefused,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooNarrow,
    PhotoTooSmall,
)
from skinapp.domain.lesions import LesionType
from skinapp.evaluation.engine_option import add_engine_options, engine_plan
from skinapp.evaluation.image_files import image_files, read_image_file
from skinapp.evaluation.score import OFFLINE_LIMITS
from skinapp.intake.decode import decode_photo
from skinapp.model.card import Card
from skinapp.model.classifier import NetworkClassifier, load_classifier

DEFAULT_MODEL = "ham10000-efficientnet-b4"
_LEVEL = 0.90
_PLAIN_REASONS: dict[type[PhotoRefused], str] = {
    PhotoEmpty: "file is empty",
    PhotoFormatUnknown: "not a picture in an accepted format",
    PhotoHasSeveralFrames: "several frames or pages, one is needed",
    PhotoHighDynamicRange: "high dynamic range, whose colours would come out wrong",
    PhotoColoursLost: "16 bits a colour, of which the upper ones are empty",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Predict all files; 0 when every file got an answer, 1 when some got an error."""
    options = _parser().parse_args(arguments)
    if options.out.is_dir():
        print(f"predict.py: {options.out} is a folder")
        return 2
    try:
        classifier = load_classifier(options.weights / options.model, engine_plan(options))
    except ModelRefused as error:
        print(f"predict.py: {error}")
        return 2
    try:
        files = list(files_below(options.inputs))
    except OSError as error:
        print(f"predict.py: {error.filename}: {error.strerror}")
        return 2
    if not files:
        print("predict.py: no files found")
        return 2
    try:
        failed = write_predictions(classifier, files, options.out)
    except OSError as error:
        print(f"predict.py: {options.out}: {error.strerror}")
        return 2
    print(f"{len(files)} files, {failed} with an error, written to {options.out}")
    return 1 if failed else 0


def files_below(inputs: Iterable[Path]) -> Iterable[Path]:
    """Files as they are named, and in folders every file with an image's suffix, sorted.

    A named file that doesn't exist or can't be looked at is kept: its row says so.  Raises
    ``OSError`` for a folder in a folder that can't be read.
    """
    for path in inputs:
        # Unlike Path.is_dir it says no of what can't be looked at.
        if os.path.isdir(path):  # noqa: PTH112 - see above
            yield from image_files(path)
        else:
            yield path


def columns(card: Card) -> list[str]:
    """The header; other programs rely on these names."""
    classes = [f"p_{label.code}" for label in card.labels]
    trust = ["novelty", "refused", "prediction_set_90"]
    return ["file", "model", "predicted", *classes, "malignant_probability", *trust, "error"]


def write_predictions(classifier: NetworkClassifier, files: Sequence[Path], out: Path) -> int:
    """Write the CSV, whole or not at all; return how many files had an error."""
    failed = 0
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"{out.name}.partial")
    # A name that is no UTF-8, as archives from elsewhere leave them, is written with escapes.
    with partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.DictWriter(file, fieldnames=columns(classifier.card), restval="")
        writer.writeheader()
        for path in tqdm(files, unit="file"):
            row = _row(classifier, path)
            failed += bool(row["error"])
            writer.writerow(row)
    partial.replace(out)
    return failed


def _row(classifier: NetworkClassifier, path: Path) -> dict[str, str]:
    row = {"file": str(path), "model": classifier.card.name, "error": ""}
    try:
        photo = decode_photo(read_image_file(path, OFFLINE_LIMITS), OFFLINE_LIMITS)
    except PhotoRefused as refusal:
        return row | {"error": _reason(refusal)}
    except OSError as error:
        return row | {"error": error.strerror or type(error).__name__}
    assessment = assess(classifier.predict(photo), classifier.rules, ())
    return row | _answer(assessment, classifier.rules.one_name(assessment))


def _answer(assessment: Assessment, named: LesionType) -> dict[str, str]:
    """The columns of an answer; what the model's card can't tell stays empty."""
    prediction, novelty = assessment.prediction, assessment.novelty
    pairs = zip(prediction.labels, prediction.probabilities, strict=True)
    nineties = (kept for kept in assessment.sets if kept.level == _LEVEL)
    return {
        "predicted": named.code,
        **{f"p_{label.code}": f"{probability:.6f}" for label, probability in pairs},
        "malignant_probability": f"{prediction.malignant_probability:.6f}",
        "novelty": "" if novelty is None else f"{novelty.score:.4f}",
        "refused": "" if novelty is None else str(int(novelty.refused)),
        "prediction_set_90": "|".join(lesion.code for kept in nineties for lesion in kept.lesions),
    }


def _reason(refusal: PhotoRefused) -> str:
    match refusal:
        case PhotoTooLarge(size_bytes=size, maximum_bytes=maximum):
            return f"file has {size} bytes, the limit is {maximum}"
        case PhotoTooSmall(width_px=width, height_px=height, minimum_px=minimum):
            return f"picture has {width} x {height} pixels, the shorter side needs {minimum}"
        case PhotoTooNarrow(width_px=width, height_px=height):
            return f"picture is a strip of {width} x {height} pixels"
        case PhotoTooManyPixels(megapixels=size, maximum_megapixels=maximum):
            return f"picture has {size:.1f} megapixels, the limit is {maximum:g}"
    return _PLAIN_REASONS.get(type(refusal), "file is damaged or incomplete")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="predict.py", description="Score image files and write one row for each."
    )
    parser.add_argument("inputs", type=Path, nargs="+", metavar="FILE_OR_FOLDER")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--model", default=DEFAULT_MODEL, help=f"default: {DEFAULT_MODEL}")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="default: weights")
    add_engine_options(parser)
    return parser
