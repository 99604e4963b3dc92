"""The reference engine: PyTorch, prepared once at start."""

from __future__ import annotations

import copy
from contextlib import AbstractContextManager, nullcontext
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skinapp.domain.engine import EngineReport
from skinapp.model.card import Card
from skinapp.model.engine import (
    MAX_BFLOAT16_GAP,
    SIDE_BY_SIDE,
    Precision,
    RawOutput,
    Reference,
    ThreadShare,
    engine_logits,
    probability_gap,
    reference_squares,
)
from skinapp.model.heads import ConvolutionalNetwork, Network, NetworkOutput
from skinapp.model.packed import fold_batch_norms, pack
from skinapp.model.square import Normalised

DTYPES: dict[Precision, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# Packing changes the order of sums, not the numbers' type.
_MAX_PACKED_GAP = 0.001


class _AsTorchDecides:
    def computing(self) -> AbstractContextManager[int]:
        return nullcontext(torch.get_num_threads())


class TorchEngine:
    """Runs a network in PyTorch: folded, packed for oneDNN, in bfloat16 where that is safe.

    What has no convolutions to pack, as a transformer, runs plainly in float32.  With
    ``packed=False`` a network is only folded: the reference that all others are compared with.
    ``note`` is put before the reason in the report.
    """

    callers = SIDE_BY_SIDE

    def __init__(
        self,
        card: Card,
        network: Network,
        threads: ThreadShare | None = None,
        *,
        packed: bool = True,
        note: str = "",
    ) -> None:
        self._card, self._packed, self._note = card, packed, note
        self._threads = threads or _AsTorchDecides()
        self._network = network
        self._dtype = torch.float32
        self._reason = "plain float32"
        self._head = network.head_weights.detach().float().numpy().copy()

    @property
    def head_weights(self) -> NDArray[np.float32]:
        """How much each channel of the feature map counts for an output: ``(outputs, c)``."""
        return self._head

    @property
    def report(self) -> EngineReport:
        """What runs."""
        precision = next(name for name, dtype in DTYPES.items() if dtype == self._dtype)
        reason = f"{self._note}; {self._reason}" if self._note else self._reason
        return EngineReport("torch", torch.__version__, precision, reason)

    def setup(self) -> None:
        """Fold, then take the fastest form whose answers agree with the folded network's."""
        plain = fold_batch_norms(self._network)
        if not self._packed or not isinstance(plain, ConvolutionalNetwork):
            return
        squares = reference_squares(self._card.input.size_px)
        reference = Reference(squares, engine_logits(self, self._card, squares))
        for precision, allowed in _candidates():
            self._reason = self._try(plain, precision, allowed, reference)
            if self._network is not plain:
                return

    def _try(
        self,
        plain: ConvolutionalNetwork,
        precision: Precision,
        allowed: float,
        reference: Reference,
    ) -> str:
        """Switch to a packed form if it agrees with the reference; say what was found."""
        size_px, dtype = self._card.input.size_px, DTYPES[precision]
        try:
            self._network, self._dtype = pack(copy.deepcopy(plain), size_px, dtype), dtype
            found = engine_logits(self, self._card, reference.squares)
        except (RuntimeError, AttributeError, NotImplementedError) as error:
            gap, words = float("inf"), f"this torch can't pack: {str(error).splitlines()[0]}"
        else:
            gap = probability_gap(found, reference.logits, self._card)
            words = f"packed for oneDNN, at most {gap:.4f} from plain float32"
        if gap <= allowed:
            return words
        self._network, self._dtype = plain, torch.float32
        return f"plain float32, because {precision} is not close enough: {words}"

    def predict(self, image: Normalised) -> RawOutput:
        """Run one normalised image ``(1, 3, s, s)`` through the network."""
        with torch.inference_mode(), self._threads.computing() as threads:
            if threads != torch.get_num_threads():
                torch.set_num_threads(threads)
            images = torch.from_numpy(image).to(self._dtype, memory_format=torch.channels_last)
            output = run_network(self._network, images)
        logits, embedding, feature_map = (values[0].numpy() for values in output)
        return RawOutput(logits, embedding, feature_map)


def run_network(network: Network, images: Tensor) -> NetworkOutput:
    """Run a network; where its convolutions are in bfloat16, its head is in float32."""
    if isinstance(network, ConvolutionalNetwork):
        return network.read(network.features(images).float())
    return cast(NetworkOutput, network(images))


def has_fast_bfloat16() -> bool:
    """Whether this processor computes bfloat16 in hardware; emulated, it is slower than float32."""
    able = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def _candidates() -> list[tuple[Precision, float]]:
    """Forms to try, fastest first, each with how far its probabilities may move."""
    shorter: list[tuple[Precision, float]] = [("bfloat16", MAX_BFLOAT16_GAP)]
    return [*(shorter if has_fast_bfloat16() else []), ("float32", _MAX_PACKED_GAP)]
