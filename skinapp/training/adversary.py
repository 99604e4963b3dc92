"""Features that don't say which clinic's set an image is from."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from skinapp.model.heads import Network
from skinapp.training.data import ViewStream
from skinapp.training.recipe import Adversary, Recipe, RecipeUnreadable

# How fast the reversed gradient grows to its full weight: as in the paper.
_STEEPNESS = 10.0


class SetAdversary(nn.Module):
    """Learns to tell from the features which set an image is from, and the features not to tell.

    Ganin et al., "Domain-adversarial training of neural networks", JMLR 17:59, 2016: the
    classifier goes down its loss, and through a reversed gradient the network goes up.
    Only images of types that all sets have count, or the network would be taught not to tell
    those types that one set lacks.
    """

    def __init__(self, channels: int, shares: NDArray[np.float64], settings: Adversary) -> None:
        """Make a classifier of embeddings ``(n, channels)``.

        shares: expected share of the draws by set and output, ``(sets, outputs)``.  Raises
        :class:`RecipeUnreadable` where the sets have no type in common.
        """
        super().__init__()
        common: NDArray[np.bool_] = np.all(shares > 0, axis=0)
        if not common.any():
            raise RecipeUnreadable("adversary: the sets have no type in common")
        self.settings, sets = settings, len(shares)
        self.layers = nn.Sequential(
            nn.Linear(channels, settings.hidden), nn.ReLU(), nn.Linear(settings.hidden, sets)
        )
        # Whoever says "home" to everything has learned nothing: each set counts alike, and so
        # does an image in each set whatever it shows.
        of_set = shares[:, common].sum(axis=1)
        counts = common[None, :] / (sets * of_set[:, None])
        self._counts = nn.Buffer(torch.from_numpy(counts).float(), persistent=False)

    def losses(self, embedding: Tensor, progress: float, sets: Tensor, targets: Tensor) -> Tensor:
        """The adversary's loss of each image ``(n,)``, 0 where its type is not in all sets.

        embedding: ``(n, channels)``; progress: how much of the run is over, 0 to 1, on which the
        strength of the reversed gradient depends; sets: the number of each image's set, ``(n,)``;
        targets: its output, ``(n,)``.
        """
        strength = self.settings.weight * (2 / (1 + math.exp(-_STEEPNESS * progress)) - 1)
        # The value of the embedding, and its gradient times -strength.
        reversed_embedding = (1 + strength) * embedding.detach() - strength * embedding
        answers = self.layers(reversed_embedding.float())
        losses = functional.cross_entropy(answers, sets, reduction="none")
        return losses * self._counts[sets, targets]


def make_adversary(recipe: Recipe, network: Network, stream: ViewStream) -> SetAdversary | None:
    """The adversary that a recipe asks for; nothing where it asks for none."""
    if recipe.adversary is None:
        return None
    with torch.no_grad():
        # Some heads have layers of their own between the embedding and the last one.
        blank = torch.zeros(1, 3, recipe.size_at(0), recipe.size_at(0))
        embedding = network.eval()(blank).embedding
    shares = stream.set_shares(network.head.out_features)
    return SetAdversary(embedding.shape[1], shares, recipe.adversary)
