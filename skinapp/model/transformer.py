"""Vision transformers, which show what their class token attended to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from skinapp.model.heads import Network, NetworkOutput
from skinapp.model.torchvision_door import EncoderBlock, VisionTransformer


class AttentionNetwork(Network):
    """A vision transformer of torchvision's parts (Dosovitskiy et al., ICLR 2021).

    Its map is attention rollout (Abnar and Zuidema, "Quantifying attention flow in transformers",
    ACL 2020): how much of each patch has come into the class token, less the patches' mean.  So
    attention spread evenly shows nothing, where it would light up the whole photo.  It is the same
    for all outputs, because it follows the attention and not the answer.  Attention itself is not
    dropped out, as it is not in torchvision's trained ViTs.
    """

    def __init__(self, whole: VisionTransformer) -> None:
        super().__init__()
        self.conv_proj = whole.conv_proj
        self.class_token = whole.class_token
        self.encoder = whole.encoder
        self.classifier = nn.Sequential(whole.heads.head)
        self._grid = whole.image_size // whole.patch_size
        self.patch_px = int(whole.patch_size)

    def forward(self, images: Tensor) -> NetworkOutput:
        """Run images through the network; the embedding is the class token's last state.

        The feature map has one channel.  The images' sides are multiples of ``patch_px``: what is
        over at the right and below would not be seen.
        """
        patches = self.conv_proj(images)
        rows, columns = patches.shape[2:]
        class_token = self.class_token.expand(patches.shape[0], -1, -1)
        tokens = torch.cat([class_token, patches.flatten(2).transpose(1, 2)], dim=1)
        tokens = self.encoder.dropout(tokens + self._positions(rows, columns))
        attentions: list[Tensor] = []
        for block in self.encoder.layers:
            tokens, attention = _through(block, tokens)
            attentions.append(attention)
        embedding = self.encoder.ln(tokens)[:, 0]
        shares = _rollout(attentions)[:, 1:]
        beyond_even = (shares - shares.mean(dim=1, keepdim=True)).reshape(-1, 1, rows, columns)
        return NetworkOutput(self.classifier(embedding), embedding, beyond_even)

    def _positions(self, rows: int, columns: int) -> Tensor:
        """Position embeddings ``(1, 1 + rows * columns, width)``.

        For another grid than the trained one they are interpolated in two dimensions, as the
        paper does; for that one this changes nothing.
        """
        of_class_token, of_patches = self.encoder.pos_embedding.split([1, self._grid**2], dim=1)
        trained = of_patches.transpose(1, 2).reshape(1, -1, self._grid, self._grid)
        resized = functional.interpolate(trained, size=(rows, columns), mode="bicubic")
        return torch.cat([of_class_token, resized.flatten(2).transpose(1, 2)], dim=1)

    @property
    def stages(self) -> Sequence[nn.Module]:
        """The patches' projection, then the encoder's layers."""
        return [self.conv_proj, *self.encoder.layers]

    @property
    def head_weights(self) -> Tensor:
        """The one channel counts for every output alike."""
        return torch.ones((self.head.out_features, 1))


def _through(block: EncoderBlock, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Run tokens ``(n, t, width)`` through a layer; also give its attention ``(n, t, t)``.

    torchvision's own forward keeps the attention to itself.  It is averaged over the heads; rows
    are the tokens that attend and sum to 1.
    """
    attend = block.self_attention
    heads = attend.num_heads
    joint = functional.linear(block.ln_1(tokens), attend.in_proj_weight, attend.in_proj_bias)
    query, key, value = (
        joint.reshape(*joint.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
    )
    scores = query @ key.transpose(-2, -1) / math.sqrt(attend.head_dim)
    attention = scores.softmax(dim=-1)
    mixed = (attention.to(value.dtype) @ value).transpose(1, 2).flatten(2)
    tokens = tokens + block.dropout(attend.out_proj(mixed))
    return tokens + block.mlp(block.ln_2(tokens)), attention.mean(dim=1).detach()


def _rollout(attentions: Sequence[Tensor]) -> Tensor:
    """How much of each token has come into the first one, ``(n, t)``; sums to 1.

    Half of a layer's output is its input, by the residual connection.  Only the class token's row
    of the product of all layers is wanted, so it is multiplied from the last layer on.
    """
    row = attentions[-1][:, :1]
    share = torch.cat([torch.ones_like(row[..., :1]), torch.zeros_like(row[..., 1:])], dim=-1)
    for attention in reversed(attentions):
        share = 0.5 * (share @ attention + share)
    return share[:, 0]
