"""Make OpenVINO's form of a network.

A program of its own (``python -m skinapp.model.convert MODEL_FOLDER EMPTY_FOLDER``), so that torch
and what the conversion leaves in memory never become a part of the server.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from skinapp.domain.errors import ModelRefused
from skinapp.model.card import Card, read_card
from skinapp.model.engine import (
    MAX_BFLOAT16_GAP,
    MAX_GAP,
    EngineUnfit,
    Floats,
    Precision,
    Reference,
    engine_logits,
    reference_squares,
)
from skinapp.model.engine_cache import blob_name, write_entry
from skinapp.model.heads import Network
from skinapp.model.kernels import compile_quicker
from skinapp.model.network import load_network
from skinapp.model.openvino_door import openvino
from skinapp.model.openvino_engine import OpenVinoEngine, configuration, has_fast_bfloat16
from skinapp.model.torch_engine import TorchEngine
from skinapp.model.weights_file import check_weights


@dataclass(frozen=True, slots=True)
class _Draft:
    """An entry in the making: what it is held to, and the folder that it is written into."""

    card: Card
    reference: Reference
    head_weights: Floats
    folder: Path

    def write(self, compiled: Any, precision: Precision) -> float:  # noqa: ANN401 - OpenVINO's
        """Write the compiled network; return how far its probabilities are from the reference's."""
        blob = self.folder / blob_name(precision)
        exported = compiled.export_model()
        blob.write_bytes(exported if isinstance(exported, bytes) else exported.getvalue())
        engine = OpenVinoEngine(
            self.card, blob, precision, self.reference, self.head_weights, threads=1
        )
        engine.load()
        return engine.measure_gap()

    def complete(self, precision: Precision, because: str) -> None:
        """Write the rest: the entry is whole."""
        write_entry(self.folder, precision, because, self.reference, self.head_weights)


def convert(card: Card, network: Network, folder: Path) -> None:
    """Fill an empty folder with the compiled network, the reference, and the facts.

    The precision is chosen here: bfloat16 where the processor has it and no probability moves
    more than ``MAX_BFLOAT16_GAP``, else float32; for float32 the kernels, too.  Raises
    :class:`EngineUnfit` where float32 does not agree with the reference either.
    """
    plain = TorchEngine(card, network, packed=False)
    plain.setup()  # folds the network, which is then converted as well
    squares = reference_squares(card.input.size_px)
    reference = Reference(squares, engine_logits(plain, card, squares))
    draft = _Draft(card, reference, plain.head_weights, folder)
    description, weights = _as_openvino(network, card.input.size_px, folder)
    words = "this processor has no bfloat16"
    if has_fast_bfloat16():
        gap = draft.write(_compiled(description, weights, "bfloat16"), "bfloat16")
        words = f"bfloat16 moves a probability by {gap:.4f}"
        if gap <= MAX_BFLOAT16_GAP:
            draft.complete("bfloat16", words)
            return
        (folder / blob_name("bfloat16")).unlink()
    compiled, why = compile_quicker(description, lambda each: _compiled(each, weights, "float32"))
    gap = draft.write(compiled, "float32")
    if gap > MAX_GAP:
        raise EngineUnfit(f"in float32 it moves a probability by {gap:.3f}, more than {MAX_GAP}")
    draft.complete("float32", "; ".join(filter(None, (words, why))))


def _as_openvino(network: Network, size_px: int, folder: Path) -> tuple[bytes, bytes]:
    """Convert, and round to float16, in which the weights lie on disk anyway.

    Returns OpenVINO's description of the network (XML), and the weights.
    """
    shape = (1, 3, size_px, size_px)
    with torch.inference_mode():
        model = openvino.convert_model(network, example_input=torch.zeros(shape), input=[*shape])
    path = folder / "model.xml"
    openvino.save_model(model, path, compress_to_fp16=True)
    description, weights = path.read_bytes(), path.with_suffix(".bin").read_bytes()
    path.unlink()
    path.with_suffix(".bin").unlink()
    return description, weights


def _compiled(description: bytes, weights: bytes, precision: Precision) -> Any:  # noqa: ANN401 - OpenVINO's
    core = openvino.Core()
    model = core.read_model(description, weights)
    return core.compile_model(model, "CPU", configuration(precision, threads=1))


def main(arguments: Sequence[str]) -> int:
    """Convert; 1 and a sentence on stderr where that can't be."""
    model_folder, out = map(Path, arguments)
    # More threads would gain a second, and lose minutes where other work keeps the cores busy:
    # OpenMP's threads wait for each other by spinning.
    torch.set_num_threads(1)
    try:
        card = read_card(model_folder)
        # The entry is kept under the card's hash: other weights must never get into it.
        check_weights(card, model_folder)
        convert(card, load_network(card, model_folder), out)
    except (ModelRefused, EngineUnfit) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
