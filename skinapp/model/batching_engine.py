"""An engine whose callers share forward passes.  Imports neither torch nor OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from skinapp.domain.engine import EngineReport
from skinapp.model.batcher import Batcher
from skinapp.model.engine import Engine, Floats, RawOutput
from skinapp.model.square import Normalised


class BatchEngine(Engine, Protocol):
    """An engine that runs several images in one pass."""

    @property
    def most(self) -> int:
        """Images in one pass, at most; final after :meth:`setup`."""
        ...

    def predict_batch(self, images: Sequence[Normalised]) -> list[RawOutput]:
        """Run images ``(1, 3, s, s)`` in one pass; the outputs come in their order."""
        ...


class BatchingEngine:
    """Runs photos that arrive while others compute in one pass of ``engine``."""

    def __init__(self, engine: BatchEngine) -> None:
        self._engine = engine
        self._batcher = Batcher(engine.predict_batch, engine.most)

    @property
    def report(self) -> EngineReport:
        """What runs."""
        return self._engine.report

    @property
    def head_weights(self) -> Floats:
        """How much each channel of the feature map counts for an output: ``(outputs, c)``."""
        return self._engine.head_weights

    @property
    def callers(self) -> int:
        """While one batch computes, the next one gathers."""
        return 2 * self._engine.most

    def setup(self) -> None:
        """Set the engine up.  Raises :class:`~skinapp.model.engine.EngineUnfit` as it does."""
        self._engine.setup()
        self._batcher.most = self._engine.most

    def predict(self, image: Normalised) -> RawOutput:
        """Wait for the batch that this image ``(1, 3, s, s)`` goes into.

        Raises what the engine raises for this image alone.
        """
        return self._batcher.submit(image).result()

    def close(self) -> None:
        """Answer all who wait, then take no more."""
        self._batcher.close()
