"""What a network learns from trained ones: the divergence from their softened answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from skinapp.domain.symmetry import Symmetries, turns_and_mirrors
from skinapp.model.heads import Network
from skinapp.training.device import mixed_precision
from skinapp.training.recipe import Fold, Teacher


@dataclass(frozen=True, slots=True)
class TeacherNetwork:
    """A trained network, what its outputs count towards, and the fold it has not seen.

    ``class_of_output`` holds the class index of each output; without finer diagnoses these are
    0, 1, 2 and so on.
    """

    network: Network
    class_of_output: tuple[int, ...]
    fold: Fold | None
    weights_sha256: str

    @property
    def finer(self) -> bool:
        """Whether it tells finer diagnoses apart."""
        return _tells_finer(self.class_of_output)


class TeacherEnsemble:
    """Teachers of one network, on its device; see :class:`~skinapp.training.recipe.Teacher`.

    ``class_of_output`` is the learning network's.
    """

    def __init__(
        self,
        members: Sequence[TeacherNetwork],
        settings: Teacher,
        class_of_output: Sequence[int],
        device: torch.device,
    ) -> None:
        self._members, self._settings, self._device = members, settings, device
        self._class_of_output = tuple(class_of_output)
        self._finer = _tells_finer(self._class_of_output)
        for member in members:
            member.network.to(device).eval().requires_grad_(False)

    @property
    def folds(self) -> int:
        """Into how many folds the images are dealt; 0 where all teachers teach all of them."""
        return self._settings.folds

    @property
    def weights_sha256(self) -> list[str]:
        """Fingerprints of the teachers' weights, in their order."""
        return [member.weights_sha256 for member in self._members]

    def losses(
        self, labels: Tensor, batch: Tensor, logits: Tensor, folds: Tensor | None = None
    ) -> Tensor:
        """The loss of each image ``(n,)``: of its label's and its teachers', by their share.

        The teachers' is temperature squared times the Kullback-Leibler divergence; an image that
        none of them teaches has its label's alone.

        labels: the losses by label ``(n,)``; batch: normalised ``(n, 3, s, s)``, as the network
        saw it; logits: what it answered, ``(n, outputs)``; folds: ``(n,)``, where teachers have
        left out folds.  Teachers that tell the network's finer diagnoses apart are compared on
        these, the others on classes.
        """
        total, taught = torch.zeros(2, len(batch), device=self._device)
        for finer in (True, False):
            members = [each for each in self._members if (each.finer and self._finer) == finer]
            if members:
                mean, count = self._mean_probabilities(members, batch, folds, finer=finer)
                own = logits if finer else _class_logits(logits, self._class_of_output)
                log_probabilities = (own / self._settings.temperature).log_softmax(dim=1)
                divergence = functional.kl_div(log_probabilities, mean, reduction="none")
                total, taught = total + count * divergence.sum(dim=1), taught + count
        losses = self._settings.temperature**2 * total / taught.clamp(min=1)
        return torch.lerp(labels, losses, self._settings.share * (taught > 0))

    # Not inference_mode: what it makes can't be a part of a loss that is differentiated.
    @torch.no_grad()
    def _mean_probabilities(
        self,
        members: Sequence[TeacherNetwork],
        batch: Tensor,
        folds: Tensor | None,
        *,
        finer: bool,
    ) -> tuple[Tensor, Tensor]:
        """Mean ``(n, outputs)`` of those who teach an image, 0 where none does; their number."""
        outputs = members[0].class_of_output if finer else range(max(self._class_of_output) + 1)
        total = torch.zeros(len(batch), len(outputs), device=self._device)
        count = torch.zeros(len(batch), device=self._device)
        for member in members:
            rows = torch.arange(len(batch), device=self._device)
            if folds is not None and member.fold is not None:
                rows = rows[folds == member.fold.left_out]
            if len(rows):
                total[rows] += self._probabilities(member, batch[rows], finer=finer)
                count[rows] += 1
        return total / count.clamp(min=1)[:, None], count

    def _probabilities(self, member: TeacherNetwork, batch: Tensor, *, finer: bool) -> Tensor:
        """Softened probabilities ``(n, outputs or classes)``, averaged over the symmetries."""
        number = self._settings.symmetries
        total = torch.zeros((), device=self._device)
        for view in symmetric_views(batch, number):
            with mixed_precision(self._device):
                logits = member.network(view).logits.float()
            seen = logits if finer else _class_logits(logits, member.class_of_output)
            total = total + (seen / self._settings.temperature).softmax(dim=1)
        return total / number


def symmetric_views(batch: Tensor, number: Symmetries) -> Iterator[Tensor]:
    """The batch ``(n, 3, s, s)``, with its mirror images for 2, under all of the square for 8."""
    for quarter_turns, mirror in turns_and_mirrors(number):
        turned = torch.rot90(batch, quarter_turns, (2, 3))
        view = turned.flip(3) if mirror else turned
        yield view.contiguous(memory_format=torch.channels_last)


def _tells_finer(class_of_output: Sequence[int]) -> bool:
    return len(class_of_output) > max(class_of_output) + 1


def _class_logits(logits: Tensor, class_of_output: Sequence[int]) -> Tensor:
    """As :func:`skinapp.model.leaves.class_logits`, on tensors that gradients pass through."""
    owners = torch.tensor(class_of_output, device=logits.device)
    classes = range(int(owners.max()) + 1)
    return torch.stack([logits[:, owners == index].logsumexp(dim=1) for index in classes], dim=1)
