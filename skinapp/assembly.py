"""Joins weights, classifier and records into one Screening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from skinapp.model.card import FIGURES_FOLDER, Card
from skinapp.model.classifier import TorchClassifier, load_classifier
from skinapp.model.cores import CoreShare
from skinapp.ops.capacity import available_cores
from skinapp.records.migrate import upgrade
from skinapp.records.store import SqlCaseStore
from skinapp.screening import Screening
from skinapp.settings import Settings


@dataclass(frozen=True, slots=True)
class Assembled:
    """Everything that the web side needs."""

    screening: Screening
    card: Card
    figures_dir: Path
    classifier: TorchClassifier

    def warm(self) -> None:
        """Make the first answer as fast as the later ones."""
        self.classifier.warm()


def assemble(settings: Settings) -> Assembled:
    """Load the model and open the records.

    Raises :class:`~skinapp.domain.errors.ModelRefused` where the model can't be served.
    """
    folder = settings.weights_dir / settings.model
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    share = CoreShare(settings.data_dir / "workers", available_cores())
    classifier = load_classifier(folder, share)
    upgrade(settings.effective_database_url)
    screening = Screening(
        classifier=classifier,
        store=SqlCaseStore(settings.effective_database_url),
        limits=settings.limits,
        retention=timedelta(days=settings.retention_days),
    )
    return Assembled(screening, classifier.card, folder / FIGURES_FOLDER, classifier)
