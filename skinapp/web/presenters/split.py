"""How the training data were divided into parts."""

from __future__ import annotations

from dataclasses import dataclass

from skinapp.model.card import SplitRule, TrainingFacts


@dataclass(frozen=True, slots=True)
class SplitWords:
    """The table's title, what its last column counts, and what never stands in two parts."""

    title: str
    counted: str
    text: str


_RULES: dict[SplitRule, SplitWords] = {
    "": SplitWords("The data by part", "Lesions", ""),
    "lesion": SplitWords(
        "The data, split by lesion",
        "Lesions",
        "All photographs of one lesion stand in one part.",
    ),
    "picture": SplitWords(
        "The data, split by picture",
        "Groups",
        "The set names no lesions. A group is a picture with its copies and stands in one part; "
        "another photograph of the same lesion may stand in another, which flatters the figures.",
    ),
    "followed": SplitWords(
        "The data, split as the sets they come from",
        "Groups",
        "Pictures that are also in a set that the network learned from before stand in the part in "
        "which their lesion stands there. The others name no lesions: copies of a picture stand in "
        "one part, another photograph of the same lesion may stand in another.",
    ),
}
_NEAR_DUPLICATES = "Images of other sets name no lesions: near-duplicates stand in one part."


def split_words(facts: TrainingFacts) -> SplitWords:
    """Put the card's rule into words; a card without one makes no claim."""
    words = _RULES[facts.split_rule]
    if not facts.other_images:
        return words
    text = " ".join(filter(None, (words.text, _NEAR_DUPLICATES)))
    return SplitWords(words.title, words.counted, text)
