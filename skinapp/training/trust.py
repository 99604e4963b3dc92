"""Everything in a card that says when to trust it: sets, novelty, intervals of the points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps
from tqdm import tqdm

from skinapp.evaluation.choose import LEAST_SENSITIVITIES, choose_operating_point, point_name
from skinapp.evaluation.labels import LabelledImage, LabelsUnreadable
from skinapp.evaluation.metrics import Floats, Scores
from skinapp.evaluation.novelty_fit import compare, fit_statistics, needed
from skinapp.evaluation.report import measure_point
from skinapp.model.appearance import appearance
from skinapp.model.card import Card, OperatingPointEntry
from skinapp.model.classifier import NetworkClassifier
from skinapp.model.novelty import Evidence, score
from skinapp.model.square import Pixels, centre_square
from skinapp.model.trust_entries import NoveltyEntry, RefusalCount, all_together
from skinapp.training.foreign import ForeignPicture, kinds_apart
from skinapp.training.open_image import open_image

# Of the validation images of each set; more than the 97 % that are to be kept elsewhere.
KEPT_SHARE = 0.98
# A set with fewer images can't say what one in fifty is, and is judged as a part of all.
_LEAST_IMAGES = 100
# Spread of the brightness of each channel in recoloured copies: other lamps and cameras.
_RECOLOURING = 0.05

_SPOILED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "heavy_blur": lambda image: image.filter(ImageFilter.GaussianBlur(min(image.size) / 40)),
    "inverted": ImageOps.invert,
    "false_colours": lambda image: Image.merge("RGB", image.split()[1:] + image.split()[:1]),
    "grey": lambda image: image.convert("L").convert("RGB"),
}


# Reads a picture when it is its turn: thousands of decoded ones don't fit into memory.
Read = Callable[[], Pixels]


class _Look(NamedTuple):
    embedding: NDArray[np.float32]
    logits: NDArray[np.float32]
    appearance: NDArray[np.float32]


class Looks(NamedTuple):
    """The evidence of pictures, and the appearances ``(n, features)`` of recoloured copies.

    ``answers`` are the logits ``(n, outputs)`` that the classifier answers with: over several views
    their mean, while the evidence is of the picture as it is.
    """

    evidence: Evidence
    answers: NDArray[np.float32]
    recoloured: NDArray[np.float32]


def look_at(classifier: NetworkClassifier, pictures: Sequence[Read], seed: int = 0) -> Looks:
    """Run pictures ``(h, w, 3)`` uint8 through transform and network, two at a time."""

    def look(number: int) -> tuple[_Look, NDArray[np.float32], NDArray[np.float32]]:
        square = centre_square(pictures[number](), classifier.input_size_px)
        output = classifier.forward(square)
        other = _recoloured(square, np.random.default_rng([seed, number]))
        found = _Look(output.embedding, output.logits_of_the_image, appearance(square))
        return found, output.logits, appearance(other)

    numbers = range(len(pictures))
    with ThreadPoolExecutor(2) as pool:
        looks = list(tqdm(pool.map(look, numbers), total=len(numbers), unit="image"))
    columns = zip(*(found for found, _, _ in looks), strict=True)
    return Looks(
        Evidence(*(np.stack(column) for column in columns)),
        np.stack([logits for _, logits, _ in looks]),
        np.stack([recoloured for _, _, recoloured in looks]),
    )


def _recoloured(square: Pixels, rng: np.random.Generator) -> Pixels:
    """The same under another light."""
    gains = np.exp(rng.normal(0, _RECOLOURING, 3) + rng.normal(0, 1.5 * _RECOLOURING))
    return np.asarray(np.clip(square * gains, 0, 255).astype(np.uint8))


def readers(paths: Iterable[Path]) -> list[Read]:
    """What decodes each file."""
    return [partial(_pixels, path) for path in paths]


def _pixels(path: Path) -> Pixels:
    return np.asarray(open_image(path))


def spoiled(images: Sequence[LabelledImage]) -> list[ForeignPicture]:
    """Every image in every way in which a dermoscopic image can be spoiled."""
    opened = (open_image(image.path) for image in images)
    return [
        ForeignPicture(kind, np.asarray(spoil(image)))
        for image in opened
        for kind, spoil in _SPOILED.items()
    ]


@dataclass(frozen=True, slots=True)
class FittedNovelty:
    """The measures that were chosen, what they need, and how all choices compared."""

    measures: tuple[str, ...]
    threshold: float
    statistics: dict[str, NDArray[np.generic]]
    auroc: dict[str, float]
    validation_scores: Floats
    chosen_with: tuple[str, ...]

    def scores(self, evidence: Evidence) -> Floats:
        """The novelty ``(n,)`` of pictures."""
        return score(self.statistics, self.measures, evidence)


def fit_novelty(
    known: Evidence,
    targets: NDArray[np.int64],
    appearances: NDArray[np.float32],
    *,
    validation: Evidence,
    sets: NDArray[np.int64],
    foreign: Evidence,
    kinds: Sequence[str],
    seed: int,
) -> FittedNovelty:
    """Choose the measures by AUROC against foreign pictures, and the threshold on validation.

    ``sets`` ``(n,)`` numbers the set of each validation image, ``kinds`` has the foreign pictures'.
    """
    statistics = fit_statistics(known, targets, appearances, validation, foreign, seed=seed)
    found = compare(statistics, known, validation, foreign, kinds)
    measures = max(found, key=lambda choice: found[choice])
    scores = score(statistics, measures, validation)
    return FittedNovelty(
        measures=measures,
        threshold=least_threshold(scores, sets),
        statistics=needed(statistics, measures),
        auroc={"+".join(choice): area for choice, area in found.items()},
        validation_scores=scores,
        chosen_with=tuple(sorted(set(kinds))),
    )


def least_threshold(scores: Floats, sets: NDArray[np.int64]) -> float:
    """The quantile of scores that leaves :data:`KEPT_SHARE` of all images, and of each set's.

    Taken together, a large set would pay for a small one: one in twenty of another clinic's images
    would be refused so that two in a hundred of all are.
    """
    parts = [scores[sets == each] for each in np.unique(sets)]
    judged = [scores, *(part for part in parts if len(part) >= _LEAST_IMAGES)]
    highest = max(float(np.quantile(part, KEPT_SHARE)) for part in judged)
    # Rounded up, so that rounding refuses none.
    return float(np.ceil(highest * 1e4) / 1e4)


def count_refused(
    kinds: Sequence[str], scores: Floats, threshold: float
) -> dict[str, RefusalCount]:
    """How many pictures of each kind are refused: those with a score above the threshold."""
    pictures = Counter(kinds)
    hits = Counter(kind for kind, hit in zip(kinds, scores > threshold, strict=True) if hit)
    return {
        kind: RefusalCount(refused=hits[kind], pictures=pictures[kind]) for kind in sorted(pictures)
    }


def divided(
    pictures: Sequence[ForeignPicture], seed: int
) -> tuple[list[ForeignPicture], list[ForeignPicture]]:
    """Pictures to choose with, and pictures of other kinds for the final figure."""
    choosing, _ = kinds_apart((picture.kind for picture in pictures), seed)
    first = [picture for picture in pictures if picture.kind in choosing]
    return first, [picture for picture in pictures if picture.kind not in choosing]


def points_anew(
    points: Mapping[str, OperatingPointEntry], scores: Scores
) -> dict[str, OperatingPointEntry]:
    """The same points, chosen by the probabilities of the engine that serves.

    It may move a probability by as much as a hundredth, and then a threshold that just flags the
    lesion by which training chose it misses that lesion.  Raises :class:`LabelsUnreadable` for a
    point of another name than training gives: its threshold was one on other probabilities.
    """
    least = {point_name(each): each for each in LEAST_SENSITIVITIES}
    if unknown := sorted(points.keys() - least.keys()):
        raise LabelsUnreadable(
            f"the card's operating point {unknown[0]!r} can't be chosen anew: known are "
            + ", ".join(least)
        )
    anew = {}
    for name, entry in points.items():
        found = choose_operating_point(scores, least[name])
        changed = {"threshold": found.threshold, "confidence": found.confidence}
        anew[name] = with_intervals(entry.model_copy(update=changed), scores)
    return anew


def with_intervals(entry: OperatingPointEntry, scores: Scores) -> OperatingPointEntry:
    """An operating point with 95 % intervals, on the images on which it was chosen.

    Lesions are resampled, as in an evaluation: photos of one are not independent.
    """
    found = measure_point(scores, entry.threshold)
    sensitivity, specificity = found["malignant_sensitivity"], found["malignant_specificity"]
    return entry.model_copy(
        update={
            "sensitivity": round(sensitivity.value, 4),
            "specificity": round(specificity.value, 4),
            "sensitivity_interval": (round(sensitivity.low, 4), round(sensitivity.high, 4)),
            "specificity_interval": (round(specificity.low, 4), round(specificity.high, 4)),
            "images": len(scores.targets),
        }
    )


def summary(card: Card, novelty: NoveltyEntry) -> str:
    """What was found, as lines of text."""
    lines = [f"novelty: {'+'.join(novelty.measures)}, threshold {novelty.threshold:.3f}"]
    lines += [f"  AUROC {area:.4f}  {choice}" for choice, area in novelty.auroc.items()]
    lines.append(f"  kept {novelty.kept:.1%} of {novelty.images} images")
    for title, counts in (
        ("far", novelty.far),
        ("further", novelty.further),
        ("near", novelty.near),
    ):
        if not counts:
            continue
        together = all_together(counts)
        lines.append(f"  {title}: refused {together.refused} of {together.pictures}")
        lines += [f"    {kind:20} {x.refused} of {x.pictures}" for kind, x in counts.items()]
    lines += [f"  AUROC {area:.4f}  unseen {code}" for code, area in novelty.unseen_auroc.items()]
    for entry in card.prediction_sets:
        bounds = "  ".join(f"{code} {p:.4f}" for code, p in entry.least_probabilities.items())
        lines.append(f"sets of {entry.level:.0%}: {bounds}")
    if card.rarity is not None:
        lines.append(
            f"temperature {card.temperature}, times share to the power of "
            f"{card.rarity.calibration_exponent}; named by probability over share to the power of "
            f"{card.rarity.naming_exponent}"
        )
    for name, point in card.operating_points.items():
        lines.append(f"{name}: specificity {point.specificity} {point.specificity_interval}")
    return "\n".join(lines)
