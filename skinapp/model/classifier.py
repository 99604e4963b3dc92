"""A model folder, loaded and ready to answer.  Imports no torch; its engine may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skinapp.domain.assessment import Rules
from skinapp.domain.engine import EngineReport
from skinapp.domain.lesions import Leaf
from skinapp.domain.photo import Photo
from skinapp.domain.prediction import ActivationMap, LeafProbability, Prediction
from skinapp.model.activation import class_activation_map, places_of_a_bias
from skinapp.model.appearance import appearance
from skinapp.model.calibration import Logits
from skinapp.model.card import Card, read_card
from skinapp.model.engine import Engine, RawOutput
from skinapp.model.engines import EnginePlan, choose_engine
from skinapp.model.leaves import class_probabilities, class_weights, leaf_probabilities
from skinapp.model.network_input import network_input
from skinapp.model.novelty import Evidence, NoveltyScorer, load_scorer
from skinapp.model.square import Pixels, centre_square
from skinapp.model.weights_file import check_weights


def pixels_of(photo: Photo) -> Pixels:
    """The photo's pixels as ``(h, w, 3)`` uint8, without a copy."""
    flat = np.frombuffer(photo.rgb, dtype=np.uint8)
    return flat.reshape(photo.height_px, photo.width_px, 3)


class NetworkClassifier:
    """Answers with a network, whatever engine runs it.  Safe to call from several threads."""

    def __init__(self, card: Card, engine: Engine, novelty: NoveltyScorer | None = None) -> None:
        """Take an engine that has been set up; without ``novelty``, nothing is refused."""
        self.card = card
        self._novelty = novelty
        self._engine = engine
        # No more threads compute than the engine can use; the others' photos wait.
        self._computing = ThreadPoolExecutor(engine.callers, thread_name_prefix="network")

    @property
    def engine(self) -> EngineReport:
        """What runs the network, and why."""
        return self._engine.report

    @property
    def rules(self) -> Rules:
        """The card's rules."""
        return self.card.rules

    @property
    def input_size_px(self) -> int:
        """Side of the square that the network sees."""
        return self.card.input.size_px

    def square(self, photo: Photo) -> Pixels:
        """What the network is shown of a photo: uint8 ``(size_px, size_px, 3)``."""
        return centre_square(pixels_of(photo), self.input_size_px)

    def forward(self, square: Pixels) -> RawOutput:
        """Run one uint8 square ``(size_px, size_px, 3)`` through the network."""
        return self._computing.submit(self._forward, square).result()

    def _forward(self, square: Pixels) -> RawOutput:
        return self._engine.predict(network_input(square, self.card.input))

    def probabilities(self, squares: Pixels) -> NDArray[np.float64]:
        """Calibrated probabilities ``(n, classes)`` of uint8 squares ``(n, size, size, 3)``."""
        return self.calibrated(np.stack([self.forward(square).logits for square in squares]))

    def calibrated(self, outputs: Logits) -> NDArray[np.float64]:
        """Calibrated probabilities ``(n, classes)`` of the network's outputs ``(n, leaves)``."""
        return class_probabilities(outputs, self.card.class_of_output, self.card.calibration)

    def begin(self, photo: Photo) -> Future[Prediction]:
        """Begin to classify one photo, in a thread that computes."""
        return self._computing.submit(self._predict, photo)

    def predict(self, photo: Photo) -> Prediction:
        """Classify one photo."""
        return self.begin(photo).result()

    def _predict(self, photo: Photo) -> Prediction:
        square = self.square(photo)
        output = self._forward(square)
        probabilities = self.calibrated(output.logits[None])[0]
        # As Prediction ranks them: of equals, the one that stands first in the card.
        top, second = (int(index) for index in np.argsort(-probabilities, kind="stable")[:2])
        maps = self._maps(output, top, second)
        return Prediction(
            labels=self.card.lesions,
            probabilities=tuple(float(p) for p in probabilities),
            activation_map=maps[0],
            runner_up_map=maps[1],
            embedding=output.embedding.astype("<f4").tobytes(),
            model_name=self.card.name,
            model_version=self.card.version,
            novelty_score=self.novelty_score(square, output),
            leaves=self._finer_diagnoses(output.logits),
        )

    def _maps(
        self, output: RawOutput, top: int, second: int
    ) -> tuple[ActivationMap, ActivationMap | None]:
        """The maps of two classes; no second one where the network has one for all classes."""
        ours = self.weights_of_class(output.logits, top)
        theirs = self.weights_of_class(output.logits, second)
        # Where a channel is a class's own evidence and no feature, all of it counts.
        has_features = len(output.feature_map) > len(self._engine.head_weights)
        bias = places_of_a_bias(output.feature_map) if has_features else None
        first = class_activation_map(output.feature_map, ours, bias)
        if np.allclose(ours, theirs):
            return first, None
        return first, class_activation_map(output.feature_map, theirs, bias)

    def _finer_diagnoses(self, outputs: Logits) -> tuple[LeafProbability, ...]:
        """The leaves of classes that have several, for one image's outputs ``(leaves,)``."""
        leaves = self.card.leaves
        if not leaves:
            return ()
        shares = leaf_probabilities(
            outputs[None], self.card.class_of_output, self.card.calibration
        )[0]
        members = Counter(leaf.label for leaf in leaves)
        return tuple(
            LeafProbability(Leaf(leaf.code, leaf.name, leaf.label), float(share))
            for leaf, share in zip(leaves, shares, strict=True)
            if members[leaf.label] > 1
        )

    def novelty_score(self, square: Pixels, output: RawOutput) -> float | None:
        """How strange a square is, given its raw output; None where the model can't tell."""
        if self._novelty is None:
            return None
        return float(self._novelty.score(evidence_of([square], [output]))[0])

    def weights_of_class(self, outputs: Logits, index: int) -> NDArray[np.float32]:
        """The feature weights ``(channels,)`` of a class, for one image's outputs ``(leaves,)``."""
        return class_weights(self._engine.head_weights, outputs, self.card.class_of_output, index)

    def warm(self) -> None:
        """Run once in each thread, so that the first clinician doesn't wait for preparations."""
        blank = np.zeros((self.input_size_px, self.input_size_px, 3), np.uint8)
        for pending in [
            self._computing.submit(self._forward, blank) for _ in range(self._engine.callers)
        ]:
            pending.result()


def evidence_of(squares: Sequence[Pixels], outputs: Sequence[RawOutput]) -> Evidence:
    """What novelty is judged by, of squares ``(s, s, 3)`` uint8 and their raw outputs."""
    return Evidence(
        embeddings=np.stack([output.embedding for output in outputs]),
        logits=np.stack([output.logits_of_the_image for output in outputs]),
        appearances=np.stack([appearance(square) for square in squares]),
    )


_TORCH = EnginePlan()


def load_classifier(folder: Path, plan: EnginePlan = _TORCH) -> NetworkClassifier:
    """Load a model folder.  Raises :class:`ModelRefused` with a sentence that says why not."""
    card = read_card(folder)
    check_weights(card, folder)
    novelty = load_scorer(card, folder)
    return NetworkClassifier(card, choose_engine(card, folder, plan), novelty)
