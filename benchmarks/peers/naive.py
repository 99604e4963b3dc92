"""The usual demo app around HAM10000, as a yardstick; never a part of skinapp.

Flask's development server, a full decode, torchvision's standard transforms, and the network in
eager mode with gradients on.  It has no calibration, records, map, limits or checks, so it does
less for an answer than skinapp does.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.peers.known import NAIVE, asked  # noqa: E402 - the path has to be set first

if __name__ == "__main__":
    OPTIONS = asked(NAIVE, __doc__)

import torch  # noqa: E402 - what is asked comes first
from flask import Flask, render_template_string, request  # noqa: E402 - likewise
from PIL import Image  # noqa: E402 - likewise

from skinapp.model.card import read_card  # noqa: E402 - likewise
from skinapp.model.network import load_network  # noqa: E402 - likewise
from skinapp.model.torchvision_door import transforms  # noqa: E402 - likewise

PAGE = """<!doctype html><title>Skin lesion classifier</title>
<h1>{{ name }}</h1><p>Confidence: {{ "%.1f" | format(100 * confidence) }} %</p>"""


def create_app(folder: Path) -> Flask:
    """Load the same weights as skinapp serves and answer POST /predict."""
    card = read_card(folder)
    network = load_network(card, folder).requires_grad_(True)
    transform = transforms.Compose(
        [
            transforms.Resize((card.input.size_px, card.input.size_px)),
            transforms.ToTensor(),
            transforms.Normalize(card.input.mean, card.input.std),
        ]
    )
    app = Flask(__name__)

    @app.get("/")
    def index() -> str:
        return '<form method="post" enctype="multipart/form-data" action="/predict">'

    @app.post("/predict")
    def predict() -> str:
        image = Image.open(request.files["photo"]).convert("RGB")
        probabilities = torch.softmax(network(transform(image)[None]).logits[0], dim=0)
        top = int(probabilities.argmax())
        return render_template_string(
            PAGE,
            name=card.labels[card.class_of_output[top]].name,
            confidence=float(probabilities[top]),
        )

    return app


if __name__ == "__main__":
    create_app(OPTIONS.folder).run(port=OPTIONS.port, threaded=True)
