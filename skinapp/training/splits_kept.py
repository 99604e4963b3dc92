"""Which splits a run keeps to, and whether a trained network may be part of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from skinapp.training.network_facts import NetworkFacts
from skinapp.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Splits:
    """Fingerprints of the splits that a run keeps to.

    ``home`` is the home set's, ``others`` those of the other sets by name, ``followed`` those of
    the sets that the home set was put together from.
    """

    home: str
    others: Mapping[str, str] = field(default_factory=dict)
    followed: Collection[str] = ()

    def complaint(self, facts: NetworkFacts, recipe: Recipe) -> str:
        """Why a network that starts or teaches a run may know what judges it; empty if it can't."""
        if not facts.split_sha256:
            return "it doesn't say on which split it was trained"
        if not (self._follow_all(facts) if self.followed else self._name_alike(facts)):
            return (
                "it was trained on another split, and may know lesions that stand in this one's "
                "test part; --follow makes a set of folders keep to a split"
            )
        if recipe.split.fold and facts.fold != recipe.split.fold:
            return "it was trained on the fold that the recipe leaves out"
        return ""

    def _follow_all(self, facts: NetworkFacts) -> bool:
        # Any image of a set that was put together from others may be one that it learned from.
        learned = {
            facts.split_sha256,
            *facts.earlier_splits_sha256,
            *facts.other_splits_sha256.values(),
        }
        return learned <= {self.home, *self.others.values(), *self.followed}

    def _name_alike(self, facts: NetworkFacts) -> bool:
        # A set that the network doesn't name is one that it was not trained on.
        theirs = facts.other_splits_sha256
        alike = all(theirs.get(name, own) == own for name, own in self.others.items())
        return alike and {facts.split_sha256, *facts.earlier_splits_sha256} <= {self.home}
