"""The checks of the audit, each a finding or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from skinapp.training.audit import (
    LEAST_IMAGES,
    Evidence,
    Finding,
    Foreign,
    by_lesion,
    codes_of,
    finding_if,
    names,
    parts_of,
)
from skinapp.training.audit_tables import table_checks

_SMALL_SIDE_PX = 128


def run_checks(
    evidence: Evidence, foreign: Sequence[Foreign] = (), least_images: int = LEAST_IMAGES
) -> list[Finding]:
    """All findings about a set."""
    checks: tuple[Callable[[Evidence], Finding | None], ...] = (
        _unreadable,
        _two_classes,
        _lesion_in_two_classes,
        _picture_across_parts,
        _lesion_across_parts,
        _byte_identical,
        _near_identical,
        _lesions_share_a_picture,
        _small_pictures,
    )
    found = [check(evidence) for check in checks]
    found += table_checks(evidence, least_images)
    found += [_also_elsewhere(evidence, each) for each in foreign]
    return [finding for finding in found if finding is not None]


def _unreadable(evidence: Evidence) -> Finding | None:
    items = [
        (record.name, facts.fault)
        for record, facts in zip(evidence.inventory.records, evidence.files, strict=True)
        if facts.fault
    ]
    return finding_if(
        "unreadable",
        "error",
        "Files that cannot be read as a picture",
        "Training would stop at the first of them.",
        files=len(items),
        items=items,
    )


def _finding_of_groups(
    evidence: Evidence, groups: Sequence[Sequence[int]], code: str, title: str, text: str
) -> Finding | None:
    """Make an error of groups of images that should not be, if there are any."""
    return finding_if(
        code,
        "error",
        title,
        text,
        files=sum(map(len, groups)),
        items=[names(evidence.inventory, group) for group in groups],
    )


def _two_classes(evidence: Evidence) -> Finding | None:
    groups = [g for g in evidence.members() if len(codes_of(evidence.inventory, g)) > 1]
    return _finding_of_groups(
        evidence,
        groups,
        "picture_in_two_classes",
        "One picture in two classes",
        "At least one of the labels is wrong. Training refuses such a set unless --conflicts says "
        "which wins.",
    )


def _lesion_in_two_classes(evidence: Evidence) -> Finding | None:
    groups = [g for g in by_lesion(evidence.inventory) if len(codes_of(evidence.inventory, g)) > 1]
    return _finding_of_groups(
        evidence,
        groups,
        "lesion_in_two_classes",
        "One lesion in two classes",
        "A lesion has one diagnosis.",
    )


def _picture_across_parts(evidence: Evidence) -> Finding | None:
    groups = [g for g in evidence.members() if len(parts_of(evidence.inventory, g)) > 1]
    return _finding_of_groups(
        evidence,
        groups,
        "picture_across_parts",
        "One picture in two parts of the split",
        "What is measured on a picture that was learned flatters.",
    )


def _lesion_across_parts(evidence: Evidence) -> Finding | None:
    groups = [g for g in by_lesion(evidence.inventory) if len(parts_of(evidence.inventory, g)) > 1]
    return _finding_of_groups(
        evidence,
        groups,
        "lesion_across_parts",
        "One lesion in two parts of the split",
        "What is measured on a lesion that was learned flatters.",
    )


def _byte_identical(evidence: Evidence) -> Finding | None:
    groups: dict[str, list[int]] = defaultdict(list)
    for place, facts in enumerate(evidence.files):
        if facts.sha256:
            groups[facts.sha256].append(place)
    several = [group for group in groups.values() if len(group) > 1]
    return finding_if(
        "byte_identical",
        "warning",
        "Files with the same bytes",
        "Copies count double in training and in every figure.",
        files=sum(map(len, several)),
        items=[names(evidence.inventory, group) for group in several],
    )


def _near_identical(evidence: Evidence) -> Finding | None:
    files, records = evidence.files, evidence.inventory.records
    twins = [t for t in evidence.twins if files[t.first].sha256 != files[t.second].sha256]
    return finding_if(
        "near_identical",
        "warning",
        "Different files that show the same picture",
        "The same photograph at another size or compression, turned, mirrored, or taken moments "
        "apart.",
        files=len({place for twin in twins for place in (twin.first, twin.second)}),
        items=[
            (records[t.first].name, records[t.second].name, t.how, f"likeness {t.likeness:.3f}")
            for t in twins
        ],
    )


def _lesions_share_a_picture(evidence: Evidence) -> Finding | None:
    records = evidence.inventory.records
    groups = [
        group
        for group in evidence.members()
        if len({records[place].lesion_id for place in group} - {""}) > 1
    ]
    return finding_if(
        "picture_of_two_lesions",
        "warning",
        "One picture under two lesion ids",
        "A split by lesion does not keep these together.",
        files=sum(map(len, groups)),
        items=[names(evidence.inventory, group) for group in groups],
    )


def _small_pictures(evidence: Evidence) -> Finding | None:
    items = [
        (record.name, f"{facts.width_px} x {facts.height_px} px")
        for record, facts in zip(evidence.inventory.records, evidence.files, strict=True)
        if facts.width_px and min(facts.width_px, facts.height_px) < _SMALL_SIDE_PX
    ]
    return finding_if(
        "small_pictures",
        "warning",
        f"Pictures of less than {_SMALL_SIDE_PX} pixels on the shorter side",
        "The app refuses photos this small.",
        files=len(items),
        items=items,
    )


def _also_elsewhere(evidence: Evidence, foreign: Foreign) -> Finding | None:
    ours, theirs = evidence.inventory.records, foreign.inventory.records
    known: Sequence[tuple[str, ...]] = [
        (ours[t.first].name, theirs[t.second].name, t.how, f"likeness {t.likeness:.3f}")
        for t in foreign.twins
    ]
    return finding_if(
        "also_elsewhere",
        "error",
        f"Images that are also in {foreign.inventory.root.name}",
        "One of the sets cannot judge what was trained on the other before these are taken out.",
        files=len({twin.first for twin in foreign.twins}),
        items=list(known),
    )
