"""What the model page says of prediction sets and of the refusal of foreign pictures."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.model.card import Card, Estimate, Metrics
from skinapp.model.trust_entries import NoveltyEntry, RefusalCount, all_together
from skinapp.web.presenters.metric_words import humanise
from skinapp.web.presenters.percent import measured_percent
from skinapp.web.presenters.verdict import listed

_MEASURES = {
    "mahalanobis": "the distance of the network’s features to the nearest lesion type",
    "relative_mahalanobis": "the distance of the features to the nearest type, less that to all",
    "neighbours": "the distance of the features to the nearest training images",
    "energy": "how little the network answers at all",
    "looks": "the distance of colours and structures to the usual ones",
    "exposure": "the likeness of the features to those of pictures without a lesion",
}


@dataclass(frozen=True, slots=True)
class SetRow:
    """Coverage of one lesion type; each cell has the value and its interval."""

    name: str
    code: str
    images: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SetsTable:
    """How prediction sets fared on one part: a column for each level.

    ``alone`` has how often each type was the true one where sets of the lowest level named it
    alone, with how often they did; it may be empty.
    """

    levels: tuple[str, ...]
    text: tuple[str, ...]
    rows: tuple[SetRow, ...]
    alone: tuple[SetRow, ...]


@dataclass(frozen=True, slots=True)
class NoveltyWords:
    """How foreign pictures are refused.  ``rows`` are kind, refused and pictures."""

    text: str
    found: str
    rows: tuple[tuple[str, str, str], ...]
    choices: tuple[tuple[str, str], ...]


def present_sets(metrics: Metrics, names: dict[str, str]) -> SetsTable | None:
    """Put the coverage of prediction sets into a table; None where it wasn't measured."""
    if not metrics.sets:
        return None
    codes = [code for code in metrics.codes if code in metrics.sets[0].per_class]
    return SetsTable(
        levels=tuple(_level(each.level) for each in metrics.sets),
        text=tuple(
            f"Sets of {_level(each.level)} hold {each.mean_size.value:.2f} types on average; "
            f"{measured_percent(each.single.value)} hold one alone."
            for each in metrics.sets
        ),
        rows=(
            *(
                _row(names.get(code, code), code, [each.per_class[code] for each in metrics.sets])
                for code in codes
            ),
            _row("All together", "", [each.coverage for each in metrics.sets]),
        ),
        alone=tuple(
            _row(names.get(code, code), code, [metrics.sets[0].named_alone[code]])
            for code in metrics.codes
            if code in metrics.sets[0].named_alone
        ),
    )


def present_novelty(card: Card) -> NoveltyWords | None:
    """Say what is refused and how that was chosen; None where the card has no novelty."""
    entry = card.novelty
    if entry is None:
        return None
    far = {**entry.far, **entry.further}
    together = all_together(far)
    return NoveltyWords(
        text=f"A photo is refused where {_measured_by(entry)} is too large. How large, was set on "
        f"{entry.images:,} images of {entry.measured_on}, of which "
        f"{measured_percent(entry.kept)} are kept. The foreign pictures below are of kinds "
        "that had no part in the choice.",
        found=f"Pictures refused, by kind: {together.refused:,} of {together.pictures:,}",
        rows=(
            *(_counted(kind, count) for kind, count in far.items()),
            _counted("All of these together", together),
            *(
                _counted(f"Dermoscopic, {humanise(kind).lower()}", count)
                for kind, count in entry.near.items()
            ),
        ),
        choices=tuple(
            (_choice(choice), f"{area:.4f}")
            for choice, area in sorted(entry.auroc.items(), key=lambda pair: -pair[1])
        ),
    )


def _row(name: str, code: str, estimates: list[Estimate]) -> SetRow:
    return SetRow(
        name=name,
        code=code,
        images=f"{estimates[0].n:,}",
        cells=tuple(
            (measured_percent(x.value), f"{measured_percent(x.low)} to {measured_percent(x.high)}")
            for x in estimates
        ),
    )


def _level(level: float) -> str:
    return f"{level * 100:.0f} %"


def _measured_by(entry: NoveltyEntry) -> str:
    words = [_MEASURES[name] for name in entry.measures]
    return listed(words) if len(words) == 1 else f"the sum of {listed(words)}"


def _choice(choice: str) -> str:
    return " + ".join(humanise(name) for name in choice.split("+"))


def _counted(kind: str, count: RefusalCount) -> tuple[str, str, str]:
    return humanise(kind), f"{count.refused:,}", f"{count.pictures:,}"
