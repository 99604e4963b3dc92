"""What computes the answers, as a fact to tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineReport:
    """Which engine runs the network, in which precision, and why this one.

    ``name`` is ``openvino`` or ``torch``, ``version`` that of the library, ``precision`` the
    numbers' type, ``reason`` a sentence.
    """

    name: str
    version: str
    precision: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}, {self.precision}: {self.reason}"
