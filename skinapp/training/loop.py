"""The training loop: steps, checkpoints, validation, history."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from skinapp.model.heads import Network
from skinapp.model.preprocess import normalise
from skinapp.training.adversary import SetAdversary
from skinapp.training.average import MovingAverage
from skinapp.training.data import ViewStream, batches_from
from skinapp.training.depthwise import speed_up_depthwise
from skinapp.training.device import cuda_random_states, has_fast_bfloat16, mixed_precision
from skinapp.training.earlier import NOTHING_EARLIER, Earlier
from skinapp.training.history import HistoryRow, write_history
from skinapp.training.network_facts import FACTS_KEY, NetworkFacts
from skinapp.training.recipe import Recipe
from skinapp.training.start import freeze, make_optimiser, set_training_mode
from skinapp.training.teacher import TeacherEnsemble

CHECKPOINT = "checkpoint.pt"


class CheckpointOfAnotherRecipe(ValueError):
    """The checkpoint was made by another recipe than the one given, or with other teachers."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What the averaged network achieves on the validation part."""

    loss: float
    accuracy: float
    balanced_accuracy: float


class Run:
    """One training run, which can stop at any step and go on from its last checkpoint."""

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        folder: Path,
        device: torch.device,
        earlier: Earlier = NOTHING_EARLIER,
        *,
        teachers: TeacherEnsemble | None = None,
        adversary: SetAdversary | None = None,
    ) -> None:
        self.recipe, self.folder, self.device = recipe, folder, device
        self.earlier, self.teachers = earlier, teachers
        self.network = network.to(device)
        freeze(self.network, recipe.freeze)
        if device.type == "cpu" and has_fast_bfloat16(device):
            speed_up_depthwise(self.network)
        self.average = MovingAverage(self.network, recipe.optimiser.ema_decay)
        self.optimiser = make_optimiser(self.network, recipe.optimiser)
        self.adversary = adversary.to(device) if adversary else None
        if adversary:
            group = {"params": list(adversary.parameters()), "lr": adversary.settings.learning_rate}
            self.optimiser.add_param_group({**group, "weight_decay": 0.0})
        self._peaks = [group["lr"] for group in self.optimiser.param_groups]
        self.step = 0
        self.elapsed_s = 0.0
        self.history: list[HistoryRow] = []
        self._since_validation: list[float] = []
        smoothing = recipe.optimiser.label_smoothing
        self._loss = nn.CrossEntropyLoss(label_smoothing=smoothing, reduction="none")
        self._offsets = torch.zeros((), device=device)

    @property
    def _checkpoint_path(self) -> Path:
        return self.folder / CHECKPOINT

    @property
    def _teachers_sha256(self) -> list[str]:
        return self.teachers.weights_sha256 if self.teachers else []

    def resume(self) -> bool:
        """Load the last checkpoint, if there is one; say whether there was."""
        if not self._checkpoint_path.is_file():
            return False
        state = torch.load(self._checkpoint_path, map_location=self.device, weights_only=True)
        # Of old, what a run started from was not kept.
        start = state.get("start", self.earlier.weights_sha256)
        maker = (state["recipe"], start, state.get("teachers", []))
        if maker != (self.recipe.fingerprint(), self.earlier.weights_sha256, self._teachers_sha256):
            raise CheckpointOfAnotherRecipe(
                f"{self._checkpoint_path} was made by another recipe, from another start or with "
                "other teachers; choose another --work folder or remove it"
            )
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.adversary:
            self.adversary.load_state_dict(state["adversary"])
        # Dropout and stochastic depth go on where they were.
        torch.set_rng_state(state["random_state"].cpu())
        if state.get("random_states_cuda"):
            torch.cuda.set_rng_state_all([each.cpu() for each in state["random_states_cuda"]])
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        self.history = [HistoryRow(**row) for row in state["history"]]
        self._since_validation = list(state.get("losses", []))
        return True

    def save(self) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "recipe": self.recipe.fingerprint(),
            "start": self.earlier.weights_sha256,
            "teachers": self._teachers_sha256,
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "random_state": torch.get_rng_state(),
            "random_states_cuda": cuda_random_states(),
            "adversary": self.adversary.state_dict() if self.adversary else {},
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "history": [asdict(row) for row in self.history],
            "losses": self._since_validation,
        }
        unfinished = self._checkpoint_path.with_suffix(".partial")
        torch.save(state, unfinished)
        unfinished.replace(self._checkpoint_path)

    def save_average(self, facts: NetworkFacts) -> None:
        """Write the averaged weights, that others can start from or learn from."""
        header = {
            "images_seen": str(self.images_seen),
            "elapsed_s": f"{self.earlier.elapsed_s + self.elapsed_s:.1f}",
            FACTS_KEY: facts.model_dump_json(),
        }
        state = self.average.network.state_dict()
        tensors = {name: value.contiguous().cpu() for name, value in state.items()}
        path = self.folder / f"{self.recipe.name}.safetensors"
        unfinished = path.with_suffix(".partial")
        save_file(tensors, unfinished, header)
        unfinished.replace(path)

    @property
    def images_seen(self) -> int:
        """Views so far, those of the runs that it goes on from included."""
        return self.earlier.images_seen + self.step * self.recipe.optimiser.batch_size

    def train(
        self,
        stream: ViewStream,
        validate: Callable[[Network], Validation],
        *,
        workers: int,
    ) -> None:
        """Run from the present step to the recipe's last."""
        self._offsets = self._adjustment(stream)
        began = time.monotonic() - self.elapsed_s
        progress = tqdm(total=self.recipe.steps, initial=self.step, unit="step", smoothing=0.05)
        for images, targets in batches_from(stream, self.step, workers):
            loss = self._one_step(images, targets, stream=stream)
            self._since_validation.append(loss)
            self.elapsed_s = time.monotonic() - began
            progress.update()
            progress.set_postfix(loss=f"{loss:.3f}", px=images.shape[-1], refresh=False)
            last = self.step == self.recipe.steps
            if last or self.step % self.recipe.validate_every_steps == 0:
                self._record(validate(self.average.network), images.shape[-1])
            if last or self.step % self.recipe.checkpoint_every_steps == 0:
                self.save()
        progress.close()

    def _one_step(self, images: Tensor, targets: Tensor, *, stream: ViewStream) -> float:
        set_training_mode(self.network, self.recipe.freeze)
        factor = self._set_learning_rate()
        shape = self.recipe.input
        batch = normalise(images.to(self.device), shape.mean, shape.std)
        loss = self._losses(batch, targets.to(self.device), stream).mean()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own annotation is missing
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.optimiser.clip_norm)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.average.update(self.network, self.step)
        self.step += 1
        value = float(loss.detach())
        if not math.isfinite(value):
            raise FloatingPointError(f"loss is {value} at step {self.step}, rate factor {factor}")
        return value

    def _losses(self, batch: Tensor, targets: Tensor, stream: ViewStream) -> Tensor:
        """The loss of each of a step's images ``(n,)``: of labels, teachers and adversary."""
        share, others = self._partners(len(batch))
        if share < 1:
            batch = torch.lerp(batch[others], batch, share)
        with mixed_precision(self.device):
            output = self.network(batch)
        answers = output.logits.float()
        logits = answers + self._offsets
        losses: Tensor = share * self._loss(logits, targets)
        if share < 1:
            losses = losses + (1 - share) * self._loss(logits, targets[others])
        if self.teachers:
            # Without the offsets: these make up for shares of labels, of which teachers have none.
            folds = self._on_device(stream.folds_at(self.step)) if self.teachers.folds else None
            losses = self.teachers.losses(losses, batch, answers, folds)
        if self.adversary:
            sets = self._on_device(stream.sets_at(self.step))
            tell = partial(self.adversary.losses, output.embedding, self.step / self.recipe.steps)
            losses = losses + share * tell(sets, targets)
            if share < 1:
                losses = losses + (1 - share) * tell(sets[others], targets[others])
        return losses

    def _on_device(self, numbers: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(numbers).to(self.device)

    def _adjustment(self, stream: ViewStream) -> Tensor:
        """What the loss adds to the logits, ``(outputs,)``."""
        part = self.recipe.optimiser.logit_adjustment
        if not part:
            return torch.zeros((), device=self.device)
        shares = torch.from_numpy(stream.shares(self.network.head.out_features))
        # An output without a single image counts as drawn once, not as impossible.
        return (part * shares.clamp(min=1 / len(stream)).log()).float().to(self.device)

    def _partners(self, images: int) -> tuple[float, Tensor]:
        """With what each image of a batch is mixed, and its own share of the mixture."""
        alpha = self.recipe.optimiser.mixup_alpha
        if not alpha:
            return 1.0, torch.arange(images, device=self.device)
        share = float(torch.distributions.Beta(alpha, alpha).sample())
        return max(share, 1 - share), torch.randperm(images).to(self.device)

    def _set_learning_rate(self) -> float:
        """Linear warm-up, then half a cosine to zero."""
        decay = self.recipe.optimiser.decay_steps
        warmup = max(1, round(decay * self.recipe.optimiser.warmup_fraction))
        if self.step < warmup:
            factor = (self.step + 1) / warmup
        else:
            share = min(1.0, (self.step - warmup) / max(1, decay - warmup))
            factor = 0.5 * (1 + math.cos(math.pi * share))
        for group, peak in zip(self.optimiser.param_groups, self._peaks, strict=True):
            group["lr"] = peak * factor
        return factor

    def _record(self, seen: Validation, size_px: int) -> None:
        losses = self._since_validation
        self.history.append(
            HistoryRow(
                step=self.step,
                images_seen=self.images_seen,
                size_px=size_px,
                learning_rate=self.optimiser.param_groups[0]["lr"],
                training_loss=sum(losses) / max(1, len(losses)),
                validation_loss=seen.loss,
                validation_accuracy=seen.accuracy,
                validation_balanced_accuracy=seen.balanced_accuracy,
                elapsed_s=round(self.elapsed_s, 1),
            )
        )
        losses.clear()
        write_history(self.history, self.folder / "history.csv")
        tqdm.write(
            f"step {self.step}: validation loss {seen.loss:.3f}, "
            f"balanced accuracy {seen.balanced_accuracy:.3f}"
        )
