"""What a threshold is worth: how it did on images that it was not chosen on.

The rates of an operating point come from the images on which it was chosen, and flatter.  Where
the model's card has the untouched part and other clinics, pages go by these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from skinapp.domain.triage import OperatingPoint, at_prevalence
from skinapp.model.card import Card, Estimate, Metrics
from skinapp.web.presenters.metric_words import part_words
from skinapp.web.presenters.percent import measured_percent, of_hundred, percent
from skinapp.web.presenters.verdict import within

_UNTOUCHED = "test"
_FITTED_ON = "validation"


@dataclass(frozen=True, slots=True)
class Worth:
    """A point with the rates to go by, and ``where`` they were measured.

    ``elsewhere`` holds the same of other sets, each with what it is called; ``off_by`` is the
    calibration error of the malignant probability (0 to 1) and ``malignant_share`` the share of
    malignant images there (0 to 1), None where they are not known.  ``calibrated_share`` is that
    of the images by whose shares the probability was calibrated, None where shares played no part.
    ``untouched`` says that nothing was trained or chosen on the images.
    """

    point: OperatingPoint
    where: str
    elsewhere: tuple[tuple[str, OperatingPoint], ...] = ()
    off_by: float | None = None
    malignant_share: float | None = None
    calibrated_share: float | None = None
    untouched: bool = False

    @property
    def missed(self) -> str:
        """How many photos of malignant lesions were missed, in words without an end."""
        here, *others = (1 - point.sensitivity for point in self.points)
        told = f"{of_hundred(here)} photos of malignant lesions stayed below this threshold"
        return self._tested + told + self._there(others)

    @property
    def false_alarms(self) -> str:
        """How many photos of benign lesions were flagged, likewise."""
        here, *others = (1 - point.specificity for point in self.points)
        told = f"{of_hundred(here)} photos of benign lesions reached this threshold, too"
        return self._tested + told + self._there(others)

    @property
    def brief(self) -> str:
        """Both in one sentence; empty where the threshold was chosen on the same images."""
        if not self.untouched:
            return ""
        rates = [
            f"{of_hundred(point.sensitivity)} malignant and "
            f"{of_hundred(1 - point.specificity)} benign"
            for point in self.points
        ]
        there = "".join(
            f"; {name}: {rate}" for (name, _), rate in zip(self.elsewhere, rates[1:], strict=True)
        )
        return f"In tests the model flagged {rates[0]} photos{there}."

    @property
    def elsewhere_words(self) -> str:
        """Sensitivity and specificity elsewhere, in a sentence each."""
        return "".join(
            f" On {point.images:,} images of {name} the model flagged "
            f"{measured_percent(point.sensitivity)} of the malignant ones and left "
            f"{measured_percent(point.specificity)} of the benign ones unflagged."
            for name, point in self.elsewhere
        )

    @property
    def off_by_words(self) -> str:
        """How far the probability itself is to be trusted; empty where that is not known."""
        if self.off_by is None:
            return ""
        points = f"{self.off_by * 100:.1f} percentage points"
        share = self.malignant_share
        are = "" if share is None else f", of which {measured_percent(share)} are malignant"
        return (
            f" The probability of malignancy itself is off by {points} on average (calibration "
            f"error) on the {self.point.images:,} images{are}."
        )

    def shifted_words(self, prevalence: float, probability: float) -> str:
        """Say what the probability itself would be at the clinic; empty where nothing is known."""
        share = self.calibrated_share or self.malignant_share
        if share is None or measured_percent(share) == measured_percent(prevalence):
            return ""
        if self.calibrated_share is not None:
            there = percent(at_prevalence(probability, share, prevalence))
            return (
                " The probability of malignancy above is for photos of which "
                f"{measured_percent(share)} are malignant. By Bayes’ rule it is {there} at this "
                "clinic’s share, if malignant and benign lesions are of the same kinds here as "
                "there. The threshold and the lesion types’ percentages are not converted: they go "
                "with the probability above."
            )
        return (
            " The probability of malignancy is not converted to that: it is for photos of which "
            f"{measured_percent(share)} are malignant, and too "
            f"{'high' if prevalence < share else 'low'} for this clinic."
        )

    @property
    def points(self) -> tuple[OperatingPoint, ...]:
        """The rates here and elsewhere."""
        return (self.point, *(point for _, point in self.elsewhere))

    @property
    def _tested(self) -> str:
        return (
            "in tests " if self.untouched else "on the photos by which the threshold was chosen, "
        )

    def _there(self, rates: list[float]) -> str:
        found = [
            f"{name}: {of_hundred(rate, none='none')}"
            for (name, _), rate in zip(self.elsewhere, rates, strict=True)
        ]
        return f" ({'; '.join(found)})" if found else ""


def threshold_worth(point: OperatingPoint, card: Card | None = None) -> Worth:
    """Return the rates of a point on untouched images where the card has them, else its own.

    The card's metrics are those of the threshold in use; a kept case may have had another.
    """
    if card is not None and card.operating_point.threshold == point.threshold:
        metrics = card.metrics.get(_UNTOUCHED)
        home = _measured(point, metrics)
        if metrics is not None and home is not None:
            error = metrics.overall.get("malignant_calibration_error")
            return Worth(
                home,
                f"{home.images:,} test images of {home.measured_on}, kept apart from all training "
                "and choosing",
                tuple(_elsewhere(point, card)),
                error.value if error else None,
                _malignant_share(metrics),
                _malignant_share(card.metrics.get(_FITTED_ON)) if card.rarity else None,
                untouched=True,
            )
    where = f"the {point.images:,} images on which this threshold was chosen ({point.measured_on})"
    return Worth(point, where)


def _malignant_share(metrics: Metrics | None) -> float | None:
    """The share (0 to 1, both excluded) of malignant photos; None where both kinds are not there.

    Photos count, and no lesions: a probability is that of a photo.
    """
    if metrics is None:
        return None
    malignant = metrics.overall.get("malignant_sensitivity")
    benign = metrics.overall.get("malignant_specificity")
    return None if malignant is None or benign is None else malignant.n / (malignant.n + benign.n)


def _elsewhere(point: OperatingPoint, card: Card) -> list[tuple[str, OperatingPoint]]:
    found = [
        (within(part_words(name)[0]), _measured(point, card.metrics.get(name)))
        for name in card.training.other_images
    ]
    return [(name, there) for name, there in found if there is not None]


def _measured(point: OperatingPoint, metrics: Metrics | None) -> OperatingPoint | None:
    """The point with the rates of other images; None where both kinds of lesion are not there."""
    if metrics is None:
        return None
    sensitivity = metrics.overall.get("malignant_sensitivity")
    specificity = metrics.overall.get("malignant_specificity")
    if sensitivity is None or specificity is None:
        return None
    return replace(
        point,
        sensitivity=sensitivity.value,
        specificity=specificity.value,
        measured_on=metrics.data,
        images=metrics.images,
        sensitivity_interval=_interval(sensitivity),
        specificity_interval=_interval(specificity),
    )


def _interval(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high
