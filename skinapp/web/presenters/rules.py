"""What the model page says of the rules that make an answer of the network's numbers."""

from __future__ import annotations

from skinapp.domain.triage import LEAST_CONFIDENCE
from skinapp.model.card import Card
from skinapp.model.trust_entries import PredictionSetEntry
from skinapp.web.presenters.percent import measured_percent, percent
from skinapp.web.presenters.verdict import listed, within

_LITTLE_LESS = "or a little less, as the network’s settings were chosen on the same images"


def confidence_words(card: Card) -> str:
    """Say how far the points' names hold for new lesions; empty where they were chosen without."""
    known = [entry.confidence for entry in card.operating_points.values()]
    sure = [each for each in known if each is not None]
    if not sure or len(sure) < len(known):
        return ""
    confidence = measured_percent(min(sure))
    if min(sure) < LEAST_CONFIDENCE:
        return (
            "There were too few malignant lesions to be sure that each threshold finds as many of "
            f"new ones as its name says: of one it is no more than {confidence} certain."
        )
    return (
        "Each threshold lies so low that new lesions like those on which it was chosen are found "
        f"as often as its name says, with a confidence of at least {confidence}, {_LITTLE_LESS}."
    )


def prior_words(card: Card) -> str:
    """Say how probabilities are made those of the home set; empty where they are not."""
    rarity = card.rarity
    if rarity is None or rarity.calibration_exponent == 0:
        return ""
    return (
        "Rare types were drawn more often in training than they occur. To take that back, each "
        "probability is multiplied by the type’s share of the home set’s training images to the "
        f"power of {rarity.calibration_exponent:.2f}, and all are made to sum to 1 again."
    )


def naming_words(card: Card) -> str:
    """Say how one type is named where only one can be; empty where it is the most probable."""
    rarity = card.rarity
    if rarity is None or rarity.naming_exponent == 0:
        return ""
    return (
        "Where only one type can be named, as for the accuracies, sensitivities and confusion "
        "matrices below, it is one of those that the page would name: the one whose probability is "
        "highest when divided by the type’s share of the home set’s training images to the power "
        f"of {rarity.naming_exponent:.2f} (chosen on {rarity.images:,} images: "
        f"{rarity.measured_on}). So a rare type can be named before a common one that is more "
        "probable, which is meant to raise balanced accuracy, and lowers accuracy. The result page "
        "lists all types that remain possible, the most probable first."
    )


def which_remain(card: Card) -> str:
    """Say which types a result names, and what that promises."""
    return _sets(card) if card.prediction_sets else _certainty(card)


def _sets(card: Card) -> str:
    least = min(card.prediction_sets, key=lambda entry: entry.level)
    level = f"{least.level * 100:.0f}"
    few = (
        "takes the one of all types together"
        if card.rarity is None
        else "has one by what all types have together, the lower the rarer it is"
    )
    return (
        "The page names every lesion type that reaches a least probability, and always the most "
        "probable one; a type that it does not name is not excluded. Each type has a least "
        f"probability of its own, set so that it keeps {level} of 100 of its lesions "
        f"({least.images:,} images: {least.measured_on}); a type with too few images for that "
        f"{few}.{_margin(card, least)} The tables of coverage below say how well this held "
        "on other images."
    )


def _margin(card: Card, entry: PredictionSetEntry) -> str:
    names = [within(label.name) for label in card.labels if label.code in entry.confidence]
    if not names:
        return ""
    confidence = measured_percent(min(entry.confidence.values()))
    others = [
        within(label.name)
        for label in card.labels
        if label.malignant and label.code not in entry.confidence
    ]
    return (
        f" To leave out a malignant type does more harm than to name one too many: for "
        f"{listed(names)} it is so low that new lesions like those on which it was set keep their "
        f"type as often with a confidence of at least {confidence}{' each' if names[1:] else ''}, "
        f"{_LITTLE_LESS}."
        + (f" There were too few lesions of {listed(others)} for that." if others else "")
    )


def _certainty(card: Card) -> str:
    rule = card.certainty
    return (
        f"Where the most probable class stays below {percent(rule.unsure_below)}, the page says "
        "that the model is unsure and names the candidates that together reach "
        f"{percent(rule.candidate_mass)}. This happened with {percent(rule.share_unsure)} of the "
        f"validation images; the first candidate was right in {percent(rule.accuracy_when_unsure)} "
        f"of them, and in {percent(rule.accuracy_when_sure)} of the others."
    )
