"""Joins weights, classifier and records into one Screening."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from skinapp.domain.errors import SkinappError
from skinapp.model.card import FIGURES_FOLDER, Card
from skinapp.model.classifier import NetworkClassifier, load_classifier
from skinapp.model.cores import CoreShare
from skinapp.model.engine import ThreadShare
from skinapp.model.engines import EnginePlan, prepare
from skinapp.model.processor import available_cores
from skinapp.ops.capacity import plan_capacity
from skinapp.ops.replace import ask_to_be_replaced
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from skinapp.screening import Screening
from skinapp.settings import Settings

# gunicorn replaces a worker that is silent for 120 s.
_WORKER_PATIENCE_S = 90


class DataFolderRefused(SkinappError):
    """The data folder can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """Everything that the web side needs."""

    screening: Screening
    card: Card
    figures_dir: Path
    classifier: NetworkClassifier

    def warm(self) -> None:
        """Make the first answer as fast as the later ones."""
        self.classifier.warm()


def assemble(settings: Settings) -> Assembled:
    """Load the model and open the records.

    Raises :class:`~skinapp.domain.errors.ModelRefused` where the model can't be served, and
    :class:`DataFolderRefused` or DatabaseRefused where nothing can be kept.
    """
    folder = settings.weights_dir / settings.model
    share = _share_cores(settings.data_dir)
    classifier = load_classifier(
        folder, _engine_plan(settings, share, convert_within_s=_WORKER_PATIENCE_S)
    )
    upgrade(settings.effective_database_url)
    screening = Screening(
        classifier=classifier,
        store=SqlCaseStore(settings.effective_database_url),
        limits=settings.limits,
        retention=timedelta(days=settings.retention_days),
        uploads_per_hour=settings.uploads_per_hour,
    )
    return Assembled(screening, classifier.card, folder / FIGURES_FOLDER, classifier)


def prepare_engine(settings: Settings, tell: Callable[[str], object]) -> None:
    """Import and convert what all processes need, before they are forked; start no threads."""
    prepare(settings.weights_dir / settings.model, _engine_plan(settings), tell)


def _engine_plan(
    settings: Settings, share: ThreadShare | None = None, convert_within_s: float = 600
) -> EnginePlan:
    capacity = plan_capacity(available_cores(), settings.workers, on_gpu=settings.on_gpu)
    return EnginePlan(
        settings.engine,
        settings.data_dir / "engines",
        share,
        capacity.streams,
        capacity.stream_threads,
        convert_within_s,
        settings.device,
        symmetries=settings.symmetries,
        on_lost=ask_to_be_replaced,
    )


def _share_cores(data_dir: Path) -> CoreShare:
    try:
        return CoreShare(data_dir / "workers", available_cores())
    except OSError as error:
        raise DataFolderRefused(
            f"The data folder {data_dir} can't be used: {error.strerror or error}"
        ) from None
