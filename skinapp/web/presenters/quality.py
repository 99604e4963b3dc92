"""The words for what is wrong with a photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skinapp.domain.quality import QualityFinding, QualityProblem


@dataclass(frozen=True, slots=True)
class FindingWords:
    """What was found, and what it means."""

    heading: str
    text: str


_WORDS: dict[QualityProblem, FindingWords] = {
    QualityProblem.BLURRED: FindingWords(
        "The photo is blurred",
        "Fine structures such as network and dots may be lost. Take it again in focus.",
    ),
    QualityProblem.TOO_DARK: FindingWords(
        "The photo is dark",
        "Colours and structures in the shadows may be lost. Take it again with more light.",
    ),
    QualityProblem.TOO_BRIGHT: FindingWords(
        "The photo is too bright",
        "Parts of it are washed out. Take it again with less light or less glare.",
    ),
    QualityProblem.LOW_CONTRAST: FindingWords(
        "The photo has little contrast",
        "The lesion hardly stands out from the skin. Check lens, contact fluid and light.",
    ),
    QualityProblem.LOW_RESOLUTION: FindingWords(
        "The photo has few pixels",
        "It was enlarged for the model, which adds no detail. Use the original file.",
    ),
    QualityProblem.LESION_SMALL: FindingWords(
        "The lesion fills little of the photo",
        "The model sees little of it. Go closer, or crop the photo around the lesion.",
    ),
    QualityProblem.LESION_CUT_OFF: FindingWords(
        "The lesion reaches the edge of the photo",
        "Its border can’t be judged as a whole. Take it again with the lesion centred.",
    ),
}


_OF_THE_LESION = frozenset({QualityProblem.LESION_SMALL, QualityProblem.LESION_CUT_OFF})
_WITHOUT_A_LESION = {
    QualityProblem.LOW_CONTRAST: FindingWords(
        "The photo has little contrast",
        "Hardly anything stands out in it. Check lens, contact fluid and light.",
    ),
}


def finding_words(finding: QualityFinding) -> FindingWords:
    """Put one finding into words."""
    return _WORDS[finding.problem]


def findings_words(
    findings: Sequence[QualityFinding], *, recognised: bool
) -> tuple[FindingWords, ...]:
    """Put them into words; of a photo that was not recognised nothing that is said of a lesion."""
    if recognised:
        return tuple(map(finding_words, findings))
    return tuple(
        _WITHOUT_A_LESION.get(finding.problem) or finding_words(finding)
        for finding in findings
        if finding.problem not in _OF_THE_LESION
    )


def findings_summary(count: int, *, withheld: bool = False) -> str:
    """Say in one line that there are findings; empty where there are none."""
    if count == 0:
        return ""
    if withheld:
        noun = "problem" if count == 1 else "problems"
        return f"{count} {noun} with the photo may be the reason."
    noun = "problem was" if count == 1 else "problems were"
    return f"Read with care: {count} {noun} found with the photo."
