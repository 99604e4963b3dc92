"""An exponential moving average of a network."""

from __future__ import annotations

import copy

import torch

from skinapp.model.heads import Network


class MovingAverage:
    """Weights averaged over the last steps, which generalise better than the last ones.

    The decay warms up as ``(1 + step) / (10 + step)``, so that the random start is forgotten.
    """

    def __init__(self, network: Network, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: Network, step: int) -> None:
        """Move towards the network's present weights and batch-norm statistics."""
        weight = 1 - min(self._decay, (1 + step) / (10 + step))
        ours, theirs = self.network.state_dict(), network.state_dict()
        floating = [name for name, value in ours.items() if value.is_floating_point()]
        torch._foreach_lerp_([ours[n] for n in floating], [theirs[n] for n in floating], weight)
