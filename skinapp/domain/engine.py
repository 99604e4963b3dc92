"""What computes the answers, as a fact to tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineReport:
    """Which engine runs the network, in which precision, and why this one.

    ``name`` is ``openvino`` or ``torch``, ``version`` that of the library, ``precision`` the
    numbers' type, ``reason`` a sentence, ``device`` ``cpu`` or ``cuda`` with the card's name,
    ``views`` over how many symmetric views of a photo an answer is the mean.
    """

    name: str
    version: str
    precision: str
    reason: str
    device: str = "cpu"
    views: int = 1

    def __str__(self) -> str:
        where = "" if self.device == "cpu" else f" on {self.device}"
        views = "" if self.views == 1 else f", mean over {self.views} views"
        return f"{self.name} {self.version}{where}, {self.precision}{views}: {self.reason}"
