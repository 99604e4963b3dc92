"""A model folder, loaded and ready to answer."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from skinapp.domain.assessment import CertaintyRule
from skinapp.domain.errors import ModelRefused
from skinapp.domain.photo import Photo
from skinapp.domain.prediction import Prediction
from skinapp.domain.triage import OperatingPoint
from skinapp.model.activation import class_activation_map
from skinapp.model.calibration import Logits, softmax
from skinapp.model.card import WEIGHTS_FILE, Card, check_weights, read_card
from skinapp.model.leaves import class_logits, class_weights
from skinapp.model.network import EfficientNet, NetworkOutput, build_network
from skinapp.model.preprocess import Pixels, centre_square, normalise


class ThreadShare(Protocol):
    """Says with how many threads to compute; see :class:`skinapp.model.cores.CoreShare`."""

    def computing(self) -> AbstractContextManager[int]:
        """Give the number of threads for the time of one computation."""
        ...


class _AsTorchDecides:
    def computing(self) -> AbstractContextManager[int]:
        return nullcontext(torch.get_num_threads())


def pixels_of(photo: Photo) -> Pixels:
    """The photo's pixels as ``(h, w, 3)`` uint8, without a copy."""
    flat = np.frombuffer(photo.rgb, dtype=np.uint8)
    return flat.reshape(photo.height_px, photo.width_px, 3)


class TorchClassifier:
    """Answers with a network in PyTorch.  Safe to call from several threads."""

    def __init__(
        self, card: Card, network: EfficientNet, threads: ThreadShare | None = None
    ) -> None:
        self.card = card
        self.head_weights: NDArray[np.float32] = network.head.weight.detach().numpy().copy()
        self._network = fold_batch_norms(network)
        self._threads = threads or _AsTorchDecides()
        # Two threads compute for all: OpenMP and oneDNN keep a pool and buffers for each thread
        # that calls them.  Where several photos wait in one process, two at a time with half of
        # the threads each give more answers than one after the other with all.
        self._computing = ThreadPoolExecutor(2, thread_name_prefix="network")

    @property
    def operating_point(self) -> OperatingPoint:
        """The card's default operating point."""
        return self.card.operating_point

    @property
    def certainty(self) -> CertaintyRule:
        """The card's certainty rule."""
        return self.card.certainty.rule()

    @property
    def input_size_px(self) -> int:
        """Side of the square that the network sees."""
        return self.card.input.size_px

    def square(self, photo: Photo) -> Tensor:
        """What the network is shown of a photo: uint8 ``(3, size_px, size_px)``."""
        return centre_square(pixels_of(photo), self.input_size_px)

    def forward(self, squares: Tensor) -> NetworkOutput:
        """Run uint8 squares ``(n, 3, size_px, size_px)`` through the network."""
        return self._computing.submit(self._forward, squares).result()

    def _forward(self, squares: Tensor) -> NetworkOutput:
        with torch.inference_mode(), self._threads.computing() as threads:
            if threads != torch.get_num_threads():
                torch.set_num_threads(threads)
            output: NetworkOutput = self._network(
                normalise(squares, self.card.input.mean, self.card.input.std)
            )
        return output

    def probabilities(self, squares: Tensor) -> NDArray[np.float64]:
        """Calibrated probabilities ``(n, classes)`` of uint8 squares."""
        return self.calibrated(self.forward(squares).logits.numpy())

    def calibrated(self, outputs: Logits) -> NDArray[np.float64]:
        """Calibrated probabilities ``(n, classes)`` of the network's outputs ``(n, leaves)``."""
        return softmax(class_logits(outputs, self.card.class_of_output), self.card.temperature)

    def begin(self, photo: Photo) -> Future[Prediction]:
        """Begin to classify one photo, in the thread that computes."""
        return self._computing.submit(self._predict, photo)

    def predict(self, photo: Photo) -> Prediction:
        """Classify one photo."""
        return self.begin(photo).result()

    def _predict(self, photo: Photo) -> Prediction:
        output = self._forward(self.square(photo)[None])
        outputs = output.logits.numpy()
        probabilities = self.calibrated(outputs)[0]
        top = int(probabilities.argmax())
        return Prediction(
            labels=self.card.lesions,
            probabilities=tuple(float(p) for p in probabilities),
            activation_map=class_activation_map(
                output.feature_map[0].numpy(), self.weights_of_class(outputs[0], top)
            ),
            embedding=output.embedding[0].numpy().astype("<f4").tobytes(),
            model_name=self.card.name,
            model_version=self.card.version,
        )

    def weights_of_class(self, outputs: Logits, index: int) -> NDArray[np.float32]:
        """The feature weights ``(channels,)`` of a class, for one image's outputs ``(leaves,)``."""
        return class_weights(self.head_weights, outputs, self.card.class_of_output, index)

    def warm(self) -> None:
        """Run once, so that the first clinician doesn't wait for lazy initialisation."""
        self.forward(torch.zeros(1, 3, self.input_size_px, self.input_size_px, dtype=torch.uint8))


def fold_batch_norms(network: EfficientNet) -> EfficientNet:
    """Merge each batch norm into the convolution before it, for inference only, in place."""
    network.eval()
    for parent in list(network.modules()):
        if isinstance(parent, nn.Sequential):
            _fold_neighbours(parent)
    return network


def _fold_neighbours(parent: nn.Sequential) -> None:
    for index in range(len(parent) - 1):
        first, second = parent[index], parent[index + 1]
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            folded = fuse_conv_bn_eval(first, second)
            folded.weight.data = folded.weight.data.contiguous(memory_format=torch.channels_last)
            parent[index] = folded
            parent[index + 1] = nn.Identity()


def load_network(card: Card, folder: Path) -> EfficientNet:
    """Build the card's network and load its weights, unfolded.

    Raises :class:`ModelRefused` where the weights don't fit the architecture.
    """
    try:
        network = build_network(card.architecture, len(card.class_of_output))
        tensors = load_file(folder / WEIGHTS_FILE)
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (ValueError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise ModelRefused(f"{folder}: the weights don't fit the card: {reason}") from None
    return network.eval().requires_grad_(False)


def load_classifier(folder: Path, threads: ThreadShare | None = None) -> TorchClassifier:
    """Load a model folder.  Raises :class:`ModelRefused` with a sentence that says why not."""
    card = read_card(folder)
    check_weights(card, folder)
    return TorchClassifier(card, load_network(card, folder), threads)
