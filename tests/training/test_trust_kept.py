"""What further foreign pictures showed of a refusal stays with the rule that they judged."""

import pytest

from skinapp.model.trust_entries import RefusalCount
from skinapp.training.trust_kept import with_further
from tests.cast import a_novelty

FURTHER = {"clip_art": RefusalCount(refused=3, pictures=4)}


def an_entry(**other):
    own = {"far": {"chart": RefusalCount(refused=11, pictures=12)}, "chosen_with": ("flower",)}
    return a_novelty(**{**own, **other})


def test_it_stays_where_the_same_rule_was_fitted_again(capsys):
    fitted = an_entry(kept=0.95)
    assert with_further(fitted, an_entry(further=FURTHER)).further == FURTHER
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "other",
    [
        {"threshold": 2.1},
        {"measures": ("looks",)},
        {"statistics_sha256": "1" * 64},
        {"chosen_with": ("clip_art", "flower")},
        {"far": FURTHER},
    ],
)
def test_it_goes_with_another_rule_or_where_the_fit_had_its_kinds(other, capsys):
    fitted = an_entry(**other)
    assert with_further(fitted, an_entry(further=FURTHER)) == fitted
    assert "run check_refusal.py again" in capsys.readouterr().out


@pytest.mark.parametrize("before", [None, an_entry()])
def test_where_there_was_none_nothing_is_said(before, capsys):
    assert with_further(an_entry(), before) == an_entry()
    assert capsys.readouterr().out == ""
