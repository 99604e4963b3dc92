"""An engine that answers with the mean over symmetric views of the image.  Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from skinapp.domain.engine import EngineReport
from skinapp.domain.symmetry import Symmetries, turns_and_mirrors
from skinapp.model.engine import Engine, Floats, RawOutput
from skinapp.model.square import Normalised


class SymmetricEngine:
    """Asks ``engine`` about several symmetric views, because a lesion has no up and no left.

    The logits are the views' mean.  Embedding and feature map are those of the image as it is:
    what is strange about it and where the network looked belong to the picture that is shown.
    """

    def __init__(self, engine: Engine, symmetries: Symmetries) -> None:
        self._engine, self._symmetries = engine, symmetries

    @property
    def report(self) -> EngineReport:
        """What runs, and how many views make an answer."""
        return replace(self._engine.report, views=self._symmetries)

    @property
    def head_weights(self) -> Floats:
        """How much each channel of the feature map counts for an output: ``(outputs, c)``."""
        return self._engine.head_weights

    @property
    def callers(self) -> int:
        """As many as the engine itself has use for."""
        return self._engine.callers

    def setup(self) -> None:
        """Set the engine up.  Raises :class:`~skinapp.model.engine.EngineUnfit` as it does."""
        self._engine.setup()

    def predict(self, image: Normalised) -> RawOutput:
        """Run the views of one normalised image ``(1, 3, s, s)``, one after the other."""
        outputs = [self._engine.predict(view) for view in symmetric_views(image, self._symmetries)]
        return MeanOutput.of(outputs)


class MeanOutput(RawOutput):
    """What several views give: the first one's, but for the logits, which are their mean."""

    _unturned_logits: Floats

    @classmethod
    def of(cls, outputs: Sequence[RawOutput]) -> MeanOutput:
        """Take the mean; the first output is that of the image as it is."""
        logits = np.stack([output.logits for output in outputs]).mean(axis=0)
        found = cls(logits, outputs[0].embedding, outputs[0].feature_map)
        found._unturned_logits = outputs[0].logits
        return found

    @property
    def logits_of_the_image(self) -> Floats:
        """The logits of the image as it is."""
        return self._unturned_logits


def symmetric_views(image: Normalised, symmetries: Symmetries) -> Iterator[Normalised]:
    """The image ``(1, 3, s, s)`` itself first, then the others."""
    for quarter_turns, mirror in turns_and_mirrors(symmetries):
        turned = np.rot90(image, quarter_turns, (2, 3))
        yield np.ascontiguousarray(turned[..., ::-1] if mirror else turned)
