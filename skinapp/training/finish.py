"""From a trained network to a model folder: everything chosen on the validation part."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tqdm import tqdm

from skinapp.domain.lesions import TAXONOMIES, outputs_of
from skinapp.evaluation.choose import (
    LEAST_SENSITIVITIES,
    balanced_accuracy,
    balanced_log_loss,
    choose_certainty,
    choose_operating_point,
    fit_temperature,
    point_name,
)
from skinapp.evaluation.figures import draw_training
from skinapp.evaluation.labels import LabelledImage
from skinapp.evaluation.metrics import Scores
from skinapp.evaluation.score import class_numbers, lesion_numbers
from skinapp.evaluation.splits import PARTS
from skinapp.model.calibration import Calibration, Logits
from skinapp.model.card import (
    FIGURES_FOLDER,
    WEIGHTS_FILE,
    Card,
    InputShape,
    Label,
    LeafEntry,
    OperatingPointEntry,
    TrainingFacts,
    write_card,
)
from skinapp.model.evidence import TRAINING_CURVES, forget_measured
from skinapp.model.heads import Network
from skinapp.model.leaves import class_logits
from skinapp.model.novelty import NOVELTY_FILE
from skinapp.model.weights_file import sha256_of
from skinapp.training.history import HistoryRow
from skinapp.training.infer import part_logits
from skinapp.training.loop import Run
from skinapp.training.network_facts import FACTS_KEY, NetworkFacts
from skinapp.training.recipe import Recipe
from skinapp.training.sources import Source
from skinapp.training.start import class_of_output

DEFAULT_POINT = "malignant_95"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Weights and input size, with the logits and temperature of the validation part."""

    network: Network
    size_px: int
    logits: Logits
    temperature: float
    loss: float


def export(
    run: Run,
    sources: Sequence[Source],
    folder: Path,
    *,
    facts: NetworkFacts,
    start: Network,
    workers: int,
    history: Sequence[HistoryRow],
) -> Card:
    """Write weights, card and training curves; return the card, which has no metrics yet.

    The weights are rounded to float16 first, and everything is chosen with the rounded weights:
    what is measured is what is shipped.  The validation part is that of the first source, the home
    set.  ``facts`` say what the network was trained on, ``start`` is the network that the run began
    with, ``history`` the whole way from the first run on, for the curves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    validation = sources[0].parts.validation
    targets = class_numbers(validation, TAXONOMIES[run.recipe.taxonomy])
    chosen = _choose(run, start, validation, targets, workers)
    weights = folder / WEIGHTS_FILE
    header = {"images_seen": str(run.images_seen), FACTS_KEY: facts.model_dump_json()}
    partial = _save_half(chosen.network, weights, header)
    card = _card(
        run.recipe,
        sources[0],
        chosen,
        targets,
        training=_training_facts(run, sources, facts),
        weights_sha256=sha256_of(partial),
    )
    forget_measured(folder)
    (folder / NOVELTY_FILE).unlink(missing_ok=True)
    partial.replace(weights)
    write_card(card, folder)
    draw_training(
        [asdict(row) for row in history],
        folder / FIGURES_FOLDER / TRAINING_CURVES,
    )
    return card


def blend(start: Network, end: Network, share: float) -> Network:
    """Make a network between two, with ``share`` (0 to 1) of the second, in float16 steps."""
    between = copy.deepcopy(end).cpu().eval()
    theirs = start.state_dict()
    for name, value in between.state_dict().items():
        if value.is_floating_point():
            mixed = torch.lerp(theirs[name].to(value), value, share)
            value.copy_(mixed.half().float())
    return between


def _choose(
    run: Run,
    start: Network,
    images: Sequence[LabelledImage],
    targets: NDArray[np.int64],
    workers: int,
) -> Chosen:
    """Choose the input size with the first blend, then the blend at that size.

    The measure is the log loss averaged by class, each candidate at its own temperature.
    """
    recipe = run.recipe
    first, *others = recipe.blends

    def tried(share: float, size_px: int) -> Chosen:
        network = blend(start, run.average.network, share).to(run.device)
        leaf_logits = part_logits(
            network, images, recipe.input, size_px, run.device, workers=workers, exact=True
        )
        logits = class_logits(leaf_logits, class_of_output(recipe))
        temperature = fit_temperature(logits, targets)
        loss = balanced_log_loss(logits, targets, temperature)
        accuracy = balanced_accuracy(logits, targets)
        tqdm.write(
            f"blend {share:.2f}, {size_px} px: temperature {temperature:.2f}, "
            f"balanced log loss {loss:.4f}, balanced accuracy {accuracy:.4f}"
        )
        return Chosen(network, size_px, logits, temperature, loss)

    best = min((tried(first, size) for size in recipe.input.candidate_sizes_px), key=_loss)
    return min([best, *(tried(share, best.size_px) for share in others)], key=_loss)


def _loss(chosen: Chosen) -> float:
    return chosen.loss


def _save_half(network: Network, path: Path, header: dict[str, str]) -> Path:
    """Write the weights in half precision beside their place; return where.

    The header stays with them wherever they are taken: what another run that starts from them
    has to know.
    """
    tensors = {
        name: (value.half() if value.is_floating_point() else value).contiguous().cpu()
        for name, value in network.state_dict().items()
    }
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, header)
    # safetensors makes files for its user alone; a server often runs as another one.
    partial.chmod(0o644)
    return partial


def _card(
    recipe: Recipe,
    home: Source,
    chosen: Chosen,
    targets: NDArray[np.int64],
    *,
    training: TrainingFacts,
    weights_sha256: str,
) -> Card:
    lesions = TAXONOMIES[recipe.taxonomy]
    scores = Scores(
        targets=targets,
        probabilities=Calibration(chosen.temperature).probabilities(chosen.logits),
        malignant=np.array([lesion.malignant for lesion in lesions]),
        groups=lesion_numbers(home.parts.validation),
    )
    return Card(
        name=recipe.name,
        created=datetime.now(UTC).date(),
        architecture=recipe.architecture,
        labels=tuple(
            Label(code=x.code, name=x.name, malignant=x.malignant, description=x.description)
            for x in lesions
        ),
        leaves=_leaves(recipe),
        input=InputShape(
            size_px=chosen.size_px,
            mean=recipe.input.mean,
            std=recipe.input.std,
            colour_constancy=recipe.input.colour_constancy,
        ),
        temperature=chosen.temperature,
        operating_points=_operating_points(scores, recipe),
        default_operating_point=DEFAULT_POINT,
        certainty=choose_certainty(scores),
        licence=recipe.facts.weights_licence,
        intended_use=recipe.facts.intended_use,
        limits=recipe.facts.limits,
        training=training,
        weights_sha256=weights_sha256,
        cleaning=home.cleaning,
    )


def _leaves(recipe: Recipe) -> tuple[LeafEntry, ...]:
    if not recipe.leaves:
        return ()
    return tuple(
        LeafEntry(code=leaf.code, name=leaf.name, label=leaf.class_code)
        for leaf in outputs_of(recipe.taxonomy, leaves=True)
    )


def _operating_points(scores: Scores, recipe: Recipe) -> dict[str, OperatingPointEntry]:
    points = {}
    for least in LEAST_SENSITIVITIES:
        found = choose_operating_point(scores, least)
        points[point_name(least)] = OperatingPointEntry(
            threshold=found.threshold,
            sensitivity=found.sensitivity,
            specificity=found.specificity,
            measured_on=f"the validation part of {recipe.facts.data}",
            images=len(scores.targets),
            confidence=found.confidence,
        )
    return points


def _training_facts(run: Run, sources: Sequence[Source], known: NetworkFacts) -> TrainingFacts:
    facts = run.recipe.facts
    home, *others = sources
    cores = torch.get_num_threads()
    return TrainingFacts(
        recipe=f"recipes/{run.recipe.name}.toml",
        earlier_recipe=run.earlier.recipe,
        recipe_sha256=run.recipe.fingerprint(),
        data=facts.data,
        data_citation=facts.data_citation,
        data_licence=facts.data_licence,
        images={part: len(home.parts.named(part)) for part in PARTS},
        lesions={part: len({x.lesion_id for x in home.parts.named(part)}) for part in PARTS},
        other_images={
            other.name: {part: len(other.parts.named(part)) for part in PARTS} for other in others
        },
        split_rule=home.split_rule,
        split_sha256=known.split_sha256,
        other_splits_sha256=known.other_splits_sha256,
        earlier_splits_sha256=known.earlier_splits_sha256,
        images_seen=run.images_seen,
        duration_minutes=round((run.earlier.elapsed_s + run.elapsed_s) / 60, 1),
        device=torch.cuda.get_device_name() if run.device.type == "cuda" else f"{cores} CPU cores",
    )
