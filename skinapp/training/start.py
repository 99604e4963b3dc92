"""The network a run starts from: pretrained weights, what is frozen, what learns how fast."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from skinapp.domain.lesions import TAXONOMIES, outputs_of
from skinapp.model.heads import Network
from skinapp.model.network import build_network, check_input_size, own_names
from skinapp.training.recipe import Freeze, Optimiser, Recipe, RecipeUnreadable
from skinapp.training.select_weights import selected_weights


class PretrainedMismatch(ValueError):
    """The pretrained file doesn't fit the architecture."""


def class_of_output(recipe: Recipe) -> list[int]:
    """Index of the class that each of the network's outputs counts towards."""
    codes = [lesion.code for lesion in TAXONOMIES[recipe.taxonomy]]
    outputs = outputs_of(recipe.taxonomy, leaves=recipe.leaves)
    return [codes.index(output.class_code) for output in outputs]


def starting_network(recipe: Recipe, pretrained_dir: Path) -> Network:
    """Build the network and load the pretrained weights, the classifier only if it is kept.

    Without pretrained weights it is as random as it was built.  Raises RecipeUnreadable where the
    network can't see the recipe's sizes, :class:`PretrainedMismatch` where the file isn't its, and
    :class:`~skinapp.training.select_weights.NotALargerNetwork` where weights can't be selected.
    """
    torch.manual_seed(recipe.seed)
    network = build_network(recipe.architecture, len(class_of_output(recipe)))
    try:
        for size_px in recipe.sizes_px:
            check_input_size(network, size_px)
    except ValueError as error:
        raise RecipeUnreadable(f"{recipe.name}: {error}") from None
    if recipe.pretrained:
        _load_pretrained(network, recipe, pretrained_dir / recipe.pretrained)
    return network


def _load_pretrained(network: Network, recipe: Recipe, path: Path) -> None:
    try:
        tensors = own_names(recipe.architecture, load_file(path))
    except SafetensorError as error:
        raise PretrainedMismatch(f"{path} can't be read: {error}") from None
    state = {
        name: value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
        if not (recipe.fresh_head and name.startswith("classifier."))
    }
    if recipe.start == "selected":
        state = selected_weights(network.state_dict(), state)
    try:
        missing, unexpected = network.load_state_dict(state, strict=False)
    except RuntimeError as error:  # sizes that differ, a line for each
        raise PretrainedMismatch(f"{path}: {str(error).splitlines()[-1].strip()}") from None
    if unexpected:
        raise PretrainedMismatch(f"{recipe.pretrained} has unknown tensors, as {unexpected[0]}")
    lost = [n for n in missing if ".block." not in n and not n.startswith("classifier.")]
    if lost or (missing and not recipe.fresh_head):
        raise PretrainedMismatch(f"{recipe.pretrained} lacks {(lost or missing)[0]}")
    for block in sorted({name.split(".block.")[0] for name in missing if ".block." in name}):
        _start_as_identity(network.get_submodule(block))


def _start_as_identity(block: nn.Module) -> None:
    """Silence a residual block whose weights are incomplete; it learns from there."""
    norms = [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)]
    nn.init.zeros_(norms[-1].weight)
    nn.init.zeros_(norms[-1].bias)


def freeze(network: Network, what: Freeze) -> None:
    """Switch off the gradients of what keeps its pretrained values."""
    for stage in network.stages[: what.stages]:
        stage.requires_grad_(False)
    if what.depthwise:
        for module in network.modules():
            if isinstance(module, nn.Conv2d) and module.groups > 1:
                module.weight.requires_grad_(False)


def set_training_mode(network: Network, what: Freeze) -> None:
    """Training mode, except that frozen stages keep their batch-norm statistics too."""
    network.train()
    for stage in network.stages[: what.stages]:
        stage.eval()


def make_optimiser(network: Network, settings: Optimiser) -> torch.optim.AdamW:
    """AdamW in four groups: body and head, each with and without weight decay."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            in_head = any(name.startswith(f"{stage}.") for stage in settings.head_stages)
            # Decay of biases and norm scales has no regularising meaning.
            groups.setdefault((in_head, parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": settings.learning_rate * (settings.head_multiplier if in_head else 1.0),
                "weight_decay": settings.weight_decay if decays else 0.0,
            }
            for (in_head, decays), parameters in groups.items()
        ],
        fused=True,
    )
