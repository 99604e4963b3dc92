"""PyTorch on a GPU: whole batches, the same answers.

The same code runs on the device ``cpu``, where it is tested.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch

from skinapp.domain.engine import EngineReport
from skinapp.model.card import Card
from skinapp.model.engine import (
    MAX_BFLOAT16_GAP,
    MAX_GAP,
    SIDE_BY_SIDE,
    EngineUnfit,
    Floats,
    Precision,
    RawOutput,
    Reference,
    engine_logits,
    probability_gap,
    reference_squares,
)
from skinapp.model.heads import ConvolutionalNetwork, Network
from skinapp.model.network_input import network_input
from skinapp.model.square import Normalised
from skinapp.model.torch_engine import DTYPES, TorchEngine, has_fast_bfloat16, run_network


def find_gpu() -> torch.device:
    """The GPU that CUDA puts first.  Raises :class:`EngineUnfit` where PyTorch can't use one.

    Initialises CUDA, so only a process that forks no more may call this.
    """
    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]  # torch gives it none
        raise EngineUnfit(f"PyTorch {torch.__version__} is built without CUDA")
    if not torch.cuda.is_available():
        raise EngineUnfit("PyTorch finds no GPU, or no driver for it")
    return torch.device("cuda")


class DeviceEngine:
    """Runs a network on a device: folded, channels last, in bfloat16 where that is safe.

    bfloat16 rather than float16, because its range is float32's: float16 could overflow on a photo
    unlike all that it was compared on.  What has no convolutions, as a transformer, runs in
    float32.  ``most`` images go into one pass, or as many as there is memory for.  ``on_lost`` is
    told once, with a sentence, when the device fails for good: after such an error, as an illegal
    access, this process gets no answer from it any more.
    """

    def __init__(
        self,
        card: Card,
        network: Network,
        device: torch.device,
        most: int,
        on_lost: Callable[[str], object] | None = None,
    ) -> None:
        self._card, self._device = card, device
        self._on_lost = on_lost
        self._plain = self._network = network
        self._precision: Precision = "float32"
        self._gap = float("inf")
        self._most = most
        self._head = network.head_weights.detach().float().numpy().copy()

    @property
    def report(self) -> EngineReport:
        """What runs, where, and how close it came to the reference."""
        reason = (
            f"on the built-in photos, alone and in batches, no probability is more than "
            f"{self._gap:.4f} from PyTorch’s in float32 on the processor; "
            f"up to {self._most} photos in a batch"
        )
        return EngineReport(
            "torch", torch.__version__, self._precision, reason, device_words(self._device)
        )

    @property
    def head_weights(self) -> Floats:
        """How much each channel of the feature map counts for an output: ``(outputs, c)``."""
        return self._head

    @property
    def most(self) -> int:
        """Images in one pass, at most; after :meth:`setup`, as many as there is memory for."""
        return self._most

    # Who computes, and who gets the next image ready.
    callers = SIDE_BY_SIDE

    def setup(self) -> None:
        """Take the shortest numbers whose answers agree with the reference.

        The reference is computed on the processor, so that a GPU that computes wrongly is found
        as well.  Raises :class:`EngineUnfit` where no form agrees, or where the device fails.
        """
        # In float32, cuDNN would round what it multiplies to ten bits: then it is none.
        torch.backends.cudnn.allow_tf32 = False
        reference = self._reference()
        try:
            for precision, allowed in self._candidates():
                self._place(precision)
                self._most = self._largest_batch()
                self._gap = self._measure_gap(reference)
                if self._gap <= allowed:
                    return
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            raise EngineUnfit(f"{device_words(self._device)} fails: {reason}") from None
        raise EngineUnfit(
            f"on a built-in photo a probability is {self._gap:.3f} from PyTorch’s on the "
            f"processor, more than {MAX_GAP}"
        )

    def _reference(self) -> Reference:
        """What the folded network says on the processor, in float32."""
        plain = TorchEngine(self._card, self._plain, packed=False)
        plain.setup()
        squares = reference_squares(self._card.input.size_px)
        return Reference(squares, engine_logits(plain, self._card, squares))

    def _candidates(self) -> list[tuple[Precision, float]]:
        """Numbers to try, the fastest first, each with how far probabilities may move."""
        shorter: list[tuple[Precision, float]] = [("bfloat16", MAX_BFLOAT16_GAP)]
        convolves = isinstance(self._plain, ConvolutionalNetwork)
        able = convolves and computes_bfloat16(self._device)
        return [*(shorter if able else []), ("float32", MAX_GAP)]

    def _place(self, precision: Precision) -> None:
        """Put a copy of the folded network on the device; its head stays in float32."""
        placed = copy.deepcopy(self._plain).to(self._device)
        if isinstance(placed, ConvolutionalNetwork):
            placed.features.to(DTYPES[precision])
        self._network, self._precision = placed, precision

    def _largest_batch(self) -> int:
        """The most images that there is memory for.

        Runs every size once, so that what the libraries prepare for a size is ready when photos
        come; the largest first, because its memory serves the smaller ones too.
        """
        fitting = [size for size in range(self._most, 0, -1) if self._fits(size)]
        if not fitting:
            raise EngineUnfit(f"{device_words(self._device)} has no memory for a photo")
        return fitting[0]

    def _fits(self, size: int) -> bool:
        size_px = self._card.input.size_px
        blank = np.zeros((1, 3, size_px, size_px), np.float32)
        try:
            self.predict_batch([blank] * size)
        except torch.OutOfMemoryError:
            return False
        return True

    def _measure_gap(self, reference: Reference) -> float:
        """How far the furthest probability lies from the reference's, 0 to 1.

        Each photo is run alone and in a batch, for which a GPU may take other algorithms.
        """
        images = [network_input(square, self._card.input) for square in reference.squares]
        gaps = []
        for size in {1, min(self._most, len(images))}:
            batches = [images[at : at + size] for at in range(0, len(images), size)]
            outputs = [output for batch in batches for output in self.predict_batch(batch)]
            logits = np.stack([output.logits for output in outputs])
            gaps.append(probability_gap(logits, reference.logits, self._card))
        return max(gaps)

    def predict(self, image: Normalised) -> RawOutput:
        """Run one normalised image ``(1, 3, s, s)`` through the network."""
        return self.predict_batch([image])[0]

    def predict_batch(self, images: Sequence[Normalised]) -> list[RawOutput]:
        """Run normalised images ``(1, 3, s, s)`` in one pass; the outputs come in their order.

        Raises ``ValueError`` where they differ in size, ``torch.OutOfMemoryError`` where the
        device has too little memory, ``torch.AcceleratorError`` where it is lost.
        """
        try:
            return self._run_batch(images)
        except torch.AcceleratorError as error:
            tell, self._on_lost = self._on_lost, None
            if tell is not None:
                tell(f"{self._device.type} is lost: {str(error).strip().splitlines()[0]}")
            raise

    def _run_batch(self, images: Sequence[Normalised]) -> list[RawOutput]:
        with torch.inference_mode():
            # First over, then turned into the device's numbers: the processor's cores decode
            # photos meanwhile.
            batch = torch.from_numpy(np.concatenate(images)).to(self._device)
            batch = batch.to(DTYPES[self._precision], memory_format=torch.channels_last)
            output = run_network(self._network, batch)
            of_all = [values.float().cpu().numpy() for values in output]
        # Copies, so that no answer keeps the whole batch's alive.
        return [RawOutput(*(values[at].copy() for values in of_all)) for at in range(len(images))]


def device_words(device: torch.device) -> str:
    """The device with the name of the card, as ``cuda (NVIDIA L4)``."""
    if device.type == "cuda":
        return f"{device.type} ({torch.cuda.get_device_name(device)})"
    return device.type


def computes_bfloat16(device: torch.device) -> bool:
    """Whether a device computes bfloat16 in hardware; emulated, it is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return has_fast_bfloat16()
