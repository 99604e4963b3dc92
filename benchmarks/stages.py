"""Where the time of one upload goes: milliseconds for each stage, one photo on one thread.

Every stage is the function that serves, called alone; then the whole: a POST and the page behind
the redirect, through Flask but without a server.  Prints, and writes JSON.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# Read by the numerical libraries when they are loaded.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from flask import render_template  # noqa: E402 - the path has to be set first
from flask.testing import FlaskClient  # noqa: E402 - likewise

from benchmarks.in_process import Parts, assembled, csrf_token  # noqa: E402 - likewise
from benchmarks.load import check_page  # noqa: E402 - likewise
from benchmarks.machine import describe, warn_if_busy, write_findings  # noqa: E402 - likewise
from benchmarks.photos import PHOTOS, answered_photo  # noqa: E402 - likewise
from skinapp.domain.assessment import assess  # noqa: E402 - likewise
from skinapp.domain.case import Case, CaseImages, new_case_id  # noqa: E402 - likewise
from skinapp.explain.overlay import draw_overlay  # noqa: E402 - likewise
from skinapp.intake.decode import decode_photo  # noqa: E402 - likewise
from skinapp.intake.encode import encode_jpeg  # noqa: E402 - likewise
from skinapp.intake.quality import find_problems  # noqa: E402 - likewise
from skinapp.model.activation import class_activation_map  # noqa: E402 - likewise
from skinapp.model.network_input import network_input  # noqa: E402 - likewise
from skinapp.ops.logging import configure_logging  # noqa: E402 - likewise
from skinapp.web.presenters.result import present_result  # noqa: E402 - likewise

WHOLE = "whole request"
OWNER = "someone who measures"
Times = dict[str, list[float]]
T = TypeVar("T")


class Watch:
    """Times stages by name, in ms."""

    def __init__(self) -> None:
        self.times: Times = defaultdict(list)

    def time(self, name: str, act: Callable[[], T]) -> T:
        """Do it, remember how long it took."""
        began = time.perf_counter()
        result = act()
        self.times[name].append(1000 * (time.perf_counter() - began))
        return result


def main() -> int:
    """Measure, print, write."""
    options = _parser().parse_args()
    machine = describe()
    warn_if_busy(machine)
    configure_logging("warning", "json")
    with (
        tempfile.TemporaryDirectory() as data,
        assembled(Path(data), options.model, options.engine) as parts,
    ):
        rows = {}
        for name, size in PHOTOS.items():
            rows[name] = measure(parts, answered_photo(size), options.repeats)
        found = {"engine": str(parts.engine.report), "repeats": options.repeats, "photos": rows}
    for name, row in rows.items():
        _print(name, row)
    write_findings(options.out, machine, found)
    return 0


def measure(parts: Parts, data: bytes, repeats: int) -> dict[str, Any]:
    """Median ms of each stage; they take turns, so that a slow moment hits all alike."""
    watch = Watch()
    client = parts.app.test_client()
    token = csrf_token(client)
    check_page("skinapp", _request(client, token, data))
    for round_number in range(repeats + 2):
        if round_number == 2:  # caches are warm
            watch.times.clear()
        _stages(parts, data, watch)
        watch.time(WHOLE, lambda: _request(client, token, data))
    medians = {name: round(statistics.median(times), 2) for name, times in watch.times.items()}
    return {"file_bytes": len(data), "ms": medians}


def _stages(parts: Parts, data: bytes, watch: Watch) -> None:
    """Every stage once, in the order in which an upload goes through them."""
    shape, classifier = parts.card.input, parts.classifier
    photo = watch.time("decode", lambda: decode_photo(data, parts.settings.limits))
    square = watch.time("cut and scale the square", lambda: classifier.square(photo))
    image = watch.time("normalise", lambda: network_input(square, shape))
    output = watch.time("forward", lambda: parts.engine.predict(image))
    top = int(classifier.calibrated(output.logits[None])[0].argmax())
    weights = classifier.weights_of_class(output.logits, top)
    watch.time("activation map", lambda: class_activation_map(output.feature_map, weights))
    watch.time("novelty", lambda: classifier.novelty_score(square, output))
    findings = watch.time(
        "quality checks", lambda: find_problems(photo, model_input_px=shape.size_px)
    )
    jpeg = watch.time("encode the kept photo", lambda: encode_jpeg(photo))
    prediction = classifier.predict(photo)
    assessment = assess(prediction, classifier.rules, findings)
    overlay = watch.time("draw the overlay", lambda: draw_overlay(prediction.activation_map, photo))
    case = Case(
        new_case_id(),
        parts.screening.clock(),
        assessment,
        photo.width_px,
        photo.height_px,
        photo.source_width_px,
        photo.source_height_px,
    )
    images = CaseImages(jpeg, overlay)
    watch.time("database, write", lambda: parts.store.add(case, images, OWNER))
    kept = watch.time("database, read", lambda: parts.store.get(case.id, OWNER))
    watch.time("template", lambda: _page(parts, kept))


def _page(parts: Parts, case: Case) -> str:
    with parts.app.test_request_context():
        page = present_result(case, parts.settings.retention_days, prevalence=None)
        return render_template("pages/result.html", page=page)


def _request(client: FlaskClient, token: str, data: bytes) -> bytes:
    form = {"csrf_token": token, "photo": (BytesIO(data), "photo.jpg")}
    answer = client.post("/cases", data=form, follow_redirects=True)
    if answer.status_code != 200:
        raise RuntimeError(f"the upload was answered with {answer.status_code}")
    page: bytes = answer.data
    return page


def _print(name: str, row: dict[str, Any]) -> None:
    print(f"{name}, {row['file_bytes'] / 1000:.0f} kB")
    whole = row["ms"][WHOLE]
    for stage, ms in row["ms"].items():
        print(f"    {stage:26} {ms:8.2f} ms {ms / whole:6.1%}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stages.py", description=__doc__)
    parser.add_argument("--model", default="ham10000-efficientnet-b4")
    parser.add_argument("--engine", choices=("auto", "torch", "openvino"), default="auto")
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
