"""The fast engine: OpenVINO on a network that was converted before.  Never imports torch."""

from __future__ import annotations

import threading
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from skinapp.domain.engine import EngineReport
from skinapp.model.card import Card
from skinapp.model.engine import (
    MAX_GAP,
    SIDE_BY_SIDE,
    EngineUnfit,
    Floats,
    Precision,
    RawOutput,
    Reference,
    engine_logits,
    probability_gap,
)
from skinapp.model.openvino_door import openvino
from skinapp.model.priority import at_low_priority
from skinapp.model.square import Normalised

HINTS: dict[Precision, str] = {"float32": "f32", "bfloat16": "bf16"}


def has_fast_bfloat16() -> bool:
    """Whether this processor computes bfloat16 in hardware."""
    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def configuration(precision: Precision, streams: int = 1, threads: int = 0) -> dict[str, Any]:
    """OpenVINO's settings: photos side by side, and threads for each of them (0: all cores)."""
    chosen: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": HINTS[precision],
        "NUM_STREAMS": streams,
        # Several processes serve; each would pin its threads to the same first cores.
        "ENABLE_CPU_PINNING": False,
    }
    return chosen | ({"INFERENCE_NUM_THREADS": streams * threads} if threads else {})


class OpenVinoEngine:
    """Runs a compiled network (``blob``) and holds it to its reference.

    ``streams`` photos are computed side by side with ``threads`` each; 0 threads: all cores.
    """

    callers = SIDE_BY_SIDE

    def __init__(
        self,
        card: Card,
        blob: Path,
        precision: Precision,
        reference: Reference,
        head_weights: Floats,
        *,
        streams: int = 1,
        threads: int = 0,
    ) -> None:
        self._card, self._blob, self._precision = card, blob, precision
        self._reference, self._head = reference, head_weights
        self._configuration = configuration(precision, streams, threads)
        self._requests = threading.local()
        self._compiled: Any = None
        self._gap = float("inf")

    @property
    def head_weights(self) -> Floats:
        """How much each channel of the feature map counts for an output: ``(outputs, c)``."""
        return self._head

    @property
    def report(self) -> EngineReport:
        """What runs, and how close it came to the reference."""
        photos = len(self._reference.squares)
        reason = (
            f"on {photos} built-in photos no probability is more than {self._gap:.4f} from "
            "PyTorch’s in float32"
        )
        return EngineReport("openvino", metadata.version("openvino"), self._precision, reason)

    def setup(self) -> None:
        """Load, and compare with the reference.

        Raises :class:`EngineUnfit` where the file can't be loaded, or where any probability is
        further than ``MAX_GAP`` from the reference's.
        """
        self.load()
        gap = self.measure_gap()
        if gap > MAX_GAP:
            raise EngineUnfit(
                f"on a built-in photo a probability is {gap:.3f} from PyTorch’s, "
                f"more than {MAX_GAP}"
            )

    def load(self) -> None:
        """Load only.  Raises :class:`EngineUnfit` where the file can't be loaded."""
        try:
            content = self._blob.read_bytes()
            self._compiled = at_low_priority(
                lambda: openvino.Core().import_model(content, "CPU", self._configuration)
            )
        except (OSError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise EngineUnfit(f"the converted network can't be loaded: {reason}") from None

    def measure_gap(self) -> float:
        """How far the furthest probability lies from the reference's, 0 to 1."""
        found = engine_logits(self, self._card, self._reference.squares)
        self._gap = probability_gap(found, self._reference.logits, self._card)
        return self._gap

    def predict(self, image: Normalised) -> RawOutput:
        """Run one normalised image ``(1, 3, s, s)`` through the network."""
        request = getattr(self._requests, "own", None)
        if request is None:
            # One for each thread that asks: a request is not to be shared.
            request = self._requests.own = self._compiled.create_infer_request()
        request.infer([image], share_inputs=True)
        logits, embedding, feature_map = (
            np.array(request.get_output_tensor(index).data[0]) for index in range(3)
        )
        return RawOutput(logits, embedding, feature_map)
